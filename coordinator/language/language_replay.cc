// replay: writes from a file, a trace of ours or stream records of a real table.
#include "coordinator/language/language.h"
#include "coordinator/language/source_text.h"
#include "coordinator/language/values.h"

namespace gtsim::language {
namespace {

bool resolve_file(ReadContext& context, const Node& node, std::string&& name, ReplaySpec& spec,
                  ReplaySpec::Format format) {
  spec.format = format;
  spec.path = resolve(folder_of(context.file()), name);
  if (const auto why = why_unreadable(spec.path)) {
    return context.error(node,
                         fmt::format("cannot read {}: {}", quote_for_message(spec.path), *why));
  }
  return true;
}

auto file_of(ReplaySpec::Format format) {
  return
      [format](const PrintContext& context, const ReplaySpec& spec) -> std::optional<std::string> {
        if (spec.format != format) return std::nullopt;
        return context.relative(spec.path);
      };
}

}  // namespace

Type<ReplaySpec> replay_type() {
  Object<ReplaySpec> object("replay", "Writes that come from a file.");
  object.choice(
      "trace", text("file", "the name of a file"),
      [](ReadContext& context, const Node& node, ReplaySpec& spec, std::string&& name) {
        return resolve_file(context, node, std::move(name), spec, ReplaySpec::Format::kTrace);
      },
      file_of(ReplaySpec::Format::kTrace),
      {.doc = "A trace: JSON Lines with one write each. The name is relative to the scenario's "
              "folder.",
       .example = "traces/a.jsonl"});
  object.choice(
      "records", text("file", "the name of a file"),
      [](ReadContext& context, const Node& node, ReplaySpec& spec, std::string&& name) {
        return resolve_file(context, node, std::move(name), spec, ReplaySpec::Format::kRecords);
      },
      file_of(ReplaySpec::Format::kRecords),
      {.doc = "Records of a stream, as GetRecords answers or as Lambda receives them; each "
              "becomes the write that made it.",
       .example = "recorded.json"});
  object.field("region", region(), &ReplaySpec::region,
               {.doc = "Where the writes are sent.",
                .default_text = "as the lines of a `trace` say; `records` need it"});
  object.field(
      "table", table(), [](ReplaySpec& spec, TableId&& id) { spec.table = id; },
      [](const PrintContext& context, const ReplaySpec& spec) {
        return spec.table ? context.unless_only(*spec.table) : std::nullopt;
      },
      {.doc = "Into which table.", .default_text = "the only one, or as the lines say"});
  object.field("start", duration(), &ReplaySpec::start,
               {.doc = "When the first write comes.", .default_text = "0s"});
  object.field("speed", positive_number(1'000'000), &ReplaySpec::speed,
               {.doc = "2: twice as fast as recorded.", .default_text = "1"});
  object.then([](ReadContext& context, const Node& node, ReplaySpec& spec) {
    spec.position = node.position;
    if (!context.tables_known()) return false;
    if (!spec.table && context.tables().size() == 1) spec.table = TableId{0};
    if (spec.format == ReplaySpec::Format::kTrace) return true;
    bool good = true;
    if (!spec.region) good = context.error(node, "field `region` is missing; `records` need it");
    TableId only;
    if (!spec.table) good = context.only_table(node.position, only) && good;
    return good;
  });
  object.example(
      "replay:\n  - {trace: traces/a.jsonl, speed: 2}\n"
      "  - {records: recorded.json, region: eu-west-1, start: 1m}\n");
  return object.build();
}

}  // namespace gtsim::language
