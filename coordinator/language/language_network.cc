// network: aws, aws-lag, a delay, or {default: ..., links: [...]}.
#include <algorithm>
#include <map>

#include "coordinator/language/form_texts.h"
#include "coordinator/language/language.h"
#include "coordinator/language/links.h"
#include "coordinator/language/text_type.h"
#include "coordinator/language/values.h"
#include "coordinator/network/aws_replication_lag.h"
#include "coordinator/scenario/aws_regions.h"
#include "region-node/link/link_setting_members.h"

namespace gtsim::language {
namespace {

struct LinkEntry {
  LinkEnds ends;
  LinkSettings settings;
  std::vector<LinkId> links;
  SourcePosition position;
};

struct Draft {
  LinkSettings defaults;
  std::vector<LinkEntry> entries;
};

Type<LinkSettings> settings_type() {
  struct Holder {
    LinkSettings settings;
  };
  Object<Holder> object("link settings", "What a link does to messages.");
  add_link_settings(object, &Holder::settings, "none");
  object.example(
      "network:\n  default: {latency: aws, jitter: \"uniform(0ms, 5ms)\", loss: 1%, duplicate: "
      "0.1%, "
      "reorder: 1%, bandwidth: 10MB/s}\n");
  return mapped<LinkSettings>(
      object.build(), [](Holder&& holder) { return holder.settings; },
      [](const LinkSettings& settings) { return Holder{settings}; });
}

Type<LinkEntry> entry_type() {
  Object<LinkEntry> object(
      "network link",
      "Settings of one link, or of both directions between two regions; the rest "
      "comes from `default`.");
  add_link_ends(object, &LinkEntry::ends);
  add_link_settings(object, &LinkEntry::settings, "as `default`");
  object.then([](ReadContext& context, const Node& node, LinkEntry& entry) {
    entry.position = node.position;
    if (is_empty(entry.settings)) return context.error(node, "this link sets nothing");
    return resolve_ends(context, node, entry.ends, entry.links);
  });
  object.example(
      "network:\n  default: {latency: 80ms}\n  links:\n    - {between: [us-east-1, eu-west-1], "
      "latency: \"lognormal(35ms, 0.2)\"}\n    - {from: us-east-1, to: eu-west-1, loss: 5%}\n");
  return object.build();
}

// False when both set the same thing.
bool merge(LinkSettings& into, const LinkSettings& from) {
  bool good = true;
  for_each_setting([&](auto member) {
    if (!(from.*member)) return;
    if (into.*member) {
      good = false;
    } else {
      into.*member = from.*member;
    }
  });
  return good;
}

// The way back. Two directions with the same settings are one entry.
std::vector<LinkEntry> entries_of(const PrintContext& context, const Type<LinkSettings>& type,
                                  const std::vector<LinkSpec>& links) {
  std::vector<LinkEntry> entries;
  std::vector<Node> contents;
  for (const LinkSpec& link : links) {
    Node content = *type.print(context, link.settings);
    bool joined = false;
    for (std::size_t i = 0; i < entries.size() && !joined; ++i) {
      LinkEnds& ends = entries[i].ends;
      joined = ends.from == link.to && ends.to == link.from && same_content(contents[i], content);
      if (joined) ends = {.from = {}, .to = {}, .between = {link.to, link.from}};
    }
    if (joined) continue;
    entries.push_back({{link.from, link.to, {}}, link.settings, {}, {}});
    contents.push_back(std::move(content));
  }
  return entries;
}

bool finish(ReadContext& context, Draft& draft, NetworkSpec& out) {
  if (!context.regions_known()) return false;
  out.defaults = std::move(draft.defaults);
  if (!out.defaults.latency) {
    out.defaults.latency = default_link_settings(context.regions()).latency;
  }
  std::map<LinkId, LinkSettings> links;
  bool good = true;
  for (const LinkEntry& entry : draft.entries) {
    for (const LinkId& link : entry.links) {
      if (merge(links[link], entry.settings)) continue;
      good = context.error(entry.position,
                           fmt::format("a setting of the link from {} to {} is given twice",
                                       context.name(link.first), context.name(link.second)));
      break;
    }
  }
  for (auto& [link, settings] : links) out.links.push_back({link.first, link.second, settings});
  return good;
}

}  // namespace

LinkSettings default_link_settings(const std::vector<RegionSpec>& regions) {
  LinkSettings settings;
  settings.latency = DelayModel{DelayModel::Kind::kAws, {}, {}, 0, {}};
  for (const RegionSpec& region : regions) {
    if (!is_aws_region(region.name)) {
      settings.latency = DelayModel{DelayModel::Kind::kConstant, Duration{50'000}, {}, 0, {}};
    }
  }
  return settings;
}

namespace {

// `aws`, a delay, or a preset.
Type<Draft> network_word() {
  struct Word {
    bool is_preset = false;
    DelayModel latency;
  };
  const Type<Word> word = text_type<Word>(
      {.name = "network in one word",
       .doc =
           "A delay is the latency of every link. `aws` is half of the measured round trip of "
           "its two regions, and nothing else: what the bare network takes, for scenarios that "
           "count messages or compare moments. `aws-lag` is that and a `lag` such as the service "
           "shows, lognormal(600ms, 0.6): for everything that asks how long changes take, what is "
           "read meanwhile, and how often writes meet.",
       .forms = {"80ms", "lognormal(80ms, 0.3)", "aws", "aws-lag"},
       .expected = "aws, aws-lag or a delay such as 80ms",
       .pattern = R"(^(aws(-lag)?|([0-9]+(\.[0-9]+)?(us|ms|s|m|h|d))+|)"
                  R"((constant|uniform|normal|lognormal|pareto|empirical)\([^()]+\))$)"},
      [](std::string_view text) -> Result<Word> {
        if (text == "aws-lag") return Word{true, {}};
        auto latency = parse_delay(text);
        if (!latency) return latency.error();
        return Word{false, *std::move(latency)};
      },
      [](const Word& said) { return said.is_preset ? "aws-lag" : delay_text(said.latency); });
  return mapped<Draft>(
      word,
      [](ReadContext& context, const Node& node, Word&& given, Draft& out) {
        if (given.is_preset) {
          given.latency.kind = DelayModel::Kind::kAws;
          out.defaults.lag = aws_replication_lag();
        }
        out.defaults.latency = std::move(given.latency);
        return out.defaults.latency->kind != DelayModel::Kind::kAws ||
               check_round_trips(context, node, node.text);
      },
      [](const Draft& draft) -> std::optional<Word> {
        LinkSettings others = draft.defaults;
        others.latency.reset();
        const bool has_usual_lag =
            others.lag && delay_text(*others.lag) == delay_text(aws_replication_lag());
        const bool is_preset =
            has_usual_lag && draft.defaults.latency->kind == DelayModel::Kind::kAws;
        if (is_preset) others.lag.reset();
        if (!draft.entries.empty() || !is_empty(others)) return std::nullopt;
        return Word{is_preset, *draft.defaults.latency};
      });
}

}  // namespace

bool has_lag(const NetworkSpec& network) {
  return network.defaults.lag ||
         std::any_of(network.links.begin(), network.links.end(),
                     [](const LinkSpec& link) { return link.settings.lag.has_value(); });
}

Type<NetworkSpec> network_type() {
  const auto latency = network_word();
  Object<Draft> object("network",
                       "The links between the regions, one in each direction of each pair.");
  object.field("default", settings_type(), &Draft::defaults,
               {.doc = "What holds for every link unless `links` says otherwise.",
                .default_text = "`latency: aws` when every region is a region of AWS, else "
                                "`latency: 50ms`",
                .example = "{latency: aws, loss: 1%}"});
  object.field("links", list_of(entry_type(), "a list of links"), &Draft::entries,
               {.doc = "What single links do differently.",
                .default_text = "none",
                .example = "[{between: [us-east-1, eu-west-1], loss: 5%}]"});
  object.example("network:\n  default: {latency: aws, loss: 1%}\n");
  return mapped<NetworkSpec>(
      by_shape<Draft>({.scalar = latency, .map = object.build()}),
      [](ReadContext& context, const Node&, Draft&& draft, NetworkSpec& out) {
        return finish(context, draft, out);
      },
      [settings = settings_type()](const PrintContext& context, const NetworkSpec& network) {
        return Draft{network.defaults, entries_of(context, settings, network.links)};
      });
}

}  // namespace gtsim::language
