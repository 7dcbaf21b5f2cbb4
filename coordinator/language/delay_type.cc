// Delays, and which regions `aws` knows.
#include <algorithm>

#include "coordinator/language/form_texts.h"
#include "coordinator/language/text_type.h"
#include "coordinator/language/values.h"
#include "coordinator/scenario/aws_regions.h"

namespace gtsim::language {

bool check_round_trips(ReadContext& context, const Node& node, std::string_view word) {
  if (!context.regions_known()) return true;
  for (const RegionSpec& region : context.regions()) {
    if (is_aws_region(region.name)) continue;
    return context.error(node, fmt::format("`{}` needs measured round trips, and there are none "
                                           "for region `{}`; give a delay such as 80ms",
                                           word, region.name));
  }
  return true;
}

Type<DelayModel> link_delay() {
  const Type<DelayModel> any = text_type<DelayModel>(
      {.name = "delay",
       .doc =
           "How long something takes. `constant(80ms)` is the same as `80ms`; "
           "`uniform(smallest, largest)`; `normal(mean, standard deviation)`; `lognormal(median, "
           "sigma)`; `pareto(smallest, alpha)`; `empirical(a, b, c, ...)` takes equally likely "
           "quantile points, linear in between. For the latency of links also `aws`: half of the "
           "measured round trip between the two regions, which must be regions of AWS.",
       .forms = {"80ms", "constant(80ms)", "uniform(10ms, 50ms)", "normal(80ms, 10ms)",
                 "lognormal(80ms, 0.3)", "pareto(50ms, 2.5)", "empirical(10ms, 20ms, 90ms)", "aws"},
       .expected = "a delay such as 80ms, uniform(10ms, 50ms), lognormal(80ms, 0.3), aws",
       .pattern = R"(^(aws|([0-9]+(\.[0-9]+)?(us|ms|s|m|h|d))+|)"
                  R"((constant|uniform|normal|lognormal|pareto|empirical)\([^()]+\))$)"},
      parse_delay, delay_text);
  return mapped<DelayModel>(
      any,
      [](ReadContext& context, const Node& node, DelayModel&& model, DelayModel& out) {
        if (model.kind == DelayModel::Kind::kAws && !check_round_trips(context, node, "aws")) {
          return false;
        }
        out = std::move(model);
        return true;
      },
      AsItIs{});
}

Type<DelayModel> delay() {
  return mapped<DelayModel>(
      link_delay(),
      [](ReadContext& context, const Node& node, DelayModel&& model, DelayModel& out) {
        if (model.kind == DelayModel::Kind::kAws) {
          return context.error(node,
                               "`aws` is a latency of links only; expected a delay such as 80ms");
        }
        out = std::move(model);
        return true;
      },
      AsItIs{});
}

}  // namespace gtsim::language
