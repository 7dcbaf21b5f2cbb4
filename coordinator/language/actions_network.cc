#include <algorithm>
#include <set>

#include "coordinator/language/actions.h"
#include "coordinator/language/form_texts.h"
#include "coordinator/scenario/step_fault.h"

namespace gtsim::language {
namespace {

const char* const kLinkEndsDoc = "A link (`from`, `to`), or both directions (`between`).";

}  // namespace

Type<PartitionStep> partition_type() {
  const auto side = list_of(region(), "a list of regions");
  const auto sides =
      list_of(side, "two or more lists of regions such as [[a], [b, c]]", {.fewest = 2});
  return mapped<PartitionStep>(
      sides,
      [](ReadContext& context, const Node& node, std::vector<std::vector<RegionId>>&& given,
         PartitionStep& out) {
        std::set<RegionId> seen;
        bool good = true;
        for (std::size_t side_index = 0; side_index < given.size(); ++side_index) {
          for (std::size_t i = 0; i < given[side_index].size(); ++i) {
            if (seen.insert(given[side_index][i]).second) continue;
            good = context.error(node.items[side_index].items[i],
                                 fmt::format("region `{}` is named twice in this partition",
                                             context.name(given[side_index][i])));
          }
        }
        out.sides = std::move(given);
        return good;
      },
      [](const PartitionStep& step) { return step.sides; });
}

Type<CutStep> cut_type() {
  return mapped<CutStep>(
      links_type("link ends", kLinkEndsDoc,
                 "steps:\n  - {at: 2m, cut: {from: us-east-1, to: eu-west-1}}\n"
                 "  - {at: 3m, heal: {between: [us-east-1, eu-west-1]}}\n"),
      [](std::vector<LinkId>&& links) { return CutStep{std::move(links)}; },
      [](const CutStep& step) { return step.links; });
}

Type<HealStep> heal_type() {
  TypeText text{"`all` or region", "all, a region", boost::json::object{{"type", "string"}}, {}};
  auto read = [](ReadContext& context, const Node& node, HealStep& out) {
    if (node.text == "all") {
      out.all = true;
      return true;
    }
    RegionId region;
    if (!context.find_region(node, node.text, region)) return false;
    out.links = links_of(region, context.regions().size());
    return true;
  };
  auto print = [](const PrintContext& context, const HealStep& step) -> std::optional<Node> {
    if (step.all) return plain_node("all");
    for (const RegionId region : context.all_regions()) {
      if (step.links == links_of(region, context.regions().size())) {
        return text_node(context.name(region));
      }
    }
    return std::nullopt;
  };
  const auto links = mapped<HealStep>(
      links_type("link ends", kLinkEndsDoc, ""),
      [](std::vector<LinkId>&& given) {
        return HealStep{false, std::move(given)};
      },
      [](const HealStep& step) { return step.links; });
  return by_shape<HealStep>({.scalar = Type<HealStep>{text, read, print}, .map = links});
}

Type<FlapStep> flap_type() {
  struct Draft {
    LinkEnds ends;
    FlapStep step;
  };
  Object<Draft> object("flap", "A link that goes down and up again, many times.");
  add_link_ends(object, &Draft::ends);
  object.field("down", positive_duration(), within(&Draft::step, &FlapStep::down),
               {.doc = "How long it is cut each time.", .required = true, .example = "5s"});
  object.field("up", positive_duration(), within(&Draft::step, &FlapStep::up),
               {.doc = "How long it works in between.", .required = true, .example = "10s"});
  object.field("times", whole_number(1, 1'000'000), within(&Draft::step, &FlapStep::times),
               {.doc = "How often it goes down.", .required = true, .example = "20"});
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    const Duration cycle = draft.step.down + draft.step.up;
    if (cycle.count() > kLongestDuration.count() / draft.step.times) {
      return context.error(node, fmt::format("{} times {} is longer than {}", draft.step.times,
                                             to_text(cycle), to_text(kLongestDuration)));
    }
    return resolve_ends(context, node, draft.ends, draft.step.links);
  });
  object.example(
      "steps:\n  - {at: 2m, flap: {between: [us-east-1, eu-west-1], down: 5s, up: 10s, times: "
      "20}}\n");
  return mapped<FlapStep>(
      object.build(), [](Draft&& draft) { return std::move(draft.step); },
      [](const FlapStep& step) {
        return Draft{ends_of(step.links), step};
      });
}

Type<LinkStep> link_step_type() {
  struct Draft {
    LinkEnds ends;
    LinkSettings settings;
    LinkStep step;
  };
  Object<Draft> object(
      "link change",
      "New settings of a link; what is not named stays. With `for` the settings from "
      "before come back.");
  add_link_ends(object, &Draft::ends);
  add_link_settings(object, &Draft::settings, "as before");
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    if (is_empty(draft.settings)) return context.error(node, "this step changes no setting");
    draft.step.settings = draft.settings;
    return resolve_ends(context, node, draft.ends, draft.step.links);
  });
  object.example(
      "steps:\n  - {at: 2m, link: {from: us-east-1, to: eu-west-1, latency: 2s, loss: 10%}, for: "
      "1m}\n");
  return mapped<LinkStep>(
      object.build(), [](Draft&& draft) { return std::move(draft.step); },
      [](const LinkStep& step) {
        return Draft{ends_of(step.links), step.settings, step};
      });
}

Type<PauseReplicationStep> pause_type() {
  const PauseReplicationStep initial{
      {}, {}, {DelayModel::Kind::kUniform, Duration{0}, Duration{300'000'000}, 0, {}}};
  Object<PauseReplicationStep> object(
      "pause of replication",
      "Stops replication into and out of a region, as the service's fault injection "
      "does. Nothing is lost: it goes on where it stopped.");
  object.starts_as(initial);
  object.field("region", region(), &PauseReplicationStep::region,
               {.doc = "The region.", .required = true, .example = "eu-west-1"});
  object.field("table", table(), &PauseReplicationStep::table,
               {.doc = "One table.", .default_text = "every table"});
  object.field("onset", delay(), &PauseReplicationStep::onset,
               {.doc = "Replication may go on for this long after the step.",
                .default_text = "`uniform(0s, 5m)`, as the service says",
                .example = "\"uniform(0s, 5m)\""});
  object.example(
      "steps:\n  - {at: 2m, pause_replication: {region: eu-west-1, onset: 0s}, for: 10m}\n"
      "  - {at: 20m, pause_replication: us-east-1}\n  - {at: 40m, resume_replication: "
      "us-east-1}\n");
  const auto short_form = mapped<PauseReplicationStep>(
      region(),
      [initial](RegionId&& given) {
        PauseReplicationStep step = initial;
        step.region = given;
        return step;
      },
      [usual =
           delay_text(initial.onset)](const PauseReplicationStep& step) -> std::optional<RegionId> {
        if (step.table || delay_text(step.onset) != usual) return std::nullopt;
        return step.region;
      });
  return by_shape<PauseReplicationStep>({.scalar = short_form, .map = object.build()});
}

Type<ResumeReplicationStep> resume_type() {
  Object<ResumeReplicationStep> object("resumption of replication",
                                       "Ends a pause before its time.");
  object.field("region", region(), &ResumeReplicationStep::region,
               {.doc = "The region.", .required = true, .example = "eu-west-1"});
  object.field("table", table(), &ResumeReplicationStep::table,
               {.doc = "One table.", .default_text = "every table"});
  object.example(
      "steps:\n  - {at: 2m, pause_replication: {region: eu-west-1}}\n"
      "  - {at: 9m, resume_replication: {region: eu-west-1}}\n");
  const auto short_form = mapped<ResumeReplicationStep>(
      region(),
      [](RegionId&& given) {
        return ResumeReplicationStep{given, std::nullopt};
      },
      [](const ResumeReplicationStep& step) -> std::optional<RegionId> {
        if (step.table) return std::nullopt;
        return step.region;
      });
  return by_shape<ResumeReplicationStep>({.scalar = short_form, .map = object.build()});
}

}  // namespace gtsim::language
