// How links are named (`{from: a, to: b}` or `{between: [a, b]}`) and what can be set on them;
// steps and the network section share both.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "coordinator/fault/fault.h"
#include "coordinator/language/values.h"

namespace gtsim::language {

struct LinkEnds {
  std::optional<RegionId> from;
  std::optional<RegionId> to;
  std::vector<RegionId> between;
};

// The directed links that `ends` names; errors are given at the fields of `node`.
[[nodiscard]] bool resolve_ends(ReadContext& context, const Node& node, const LinkEnds& ends,
                                std::vector<LinkId>& out);
// The way back. REQUIRES: links that some ends name.
[[nodiscard]] LinkEnds ends_of(const std::vector<LinkId>& links);
// {from, to} or {between} and nothing else.
[[nodiscard]] Type<std::vector<LinkId>> links_type(const std::string& name, const std::string& doc,
                                                   const std::string& example);

template <class T>
void add_link_ends(Object<T>& object, LinkEnds T::*ends) {
  object.field("from", region(), within(ends, &LinkEnds::from),
               {.doc = "Where the link starts. One direction only.",
                .default_text = "with `to`, or else `between`"});
  object.field("to", region(), within(ends, &LinkEnds::to),
               {.doc = "Where the link ends.", .default_text = "with `from`"});
  object.field("between",
               list_of(region(), "a list of two regions such as [a, b]", {.fewest = 2, .most = 2}),
               within(ends, &LinkEnds::between),
               {.doc = "Two regions: both directions.",
                .default_text = "instead of `from` and `to`",
                .example = "[us-east-1, eu-west-1]"});
}

template <class T>
void add_link_settings(Object<T>& object, LinkSettings T::*settings,
                       const std::string& default_text) {
  object.field("latency", link_delay(), within(settings, &LinkSettings::latency),
               {.doc = "How long a message takes, one way.", .default_text = default_text});
  object.field("jitter", delay(), within(settings, &LinkSettings::jitter),
               {.doc = "Added to the latency of each message; messages stay in order.",
                .default_text = default_text});
  object.field(
      "lag", delay(), within(settings, &LinkSettings::lag),
      {.doc = "What replication takes besides the network: added to the latency of changes, "
              "not of acknowledgements and orders. One draw for each second; the changes of "
              "a table stay in order.",
       .default_text = default_text});
  object.field("loss", share(), within(settings, &LinkSettings::loss),
               {.doc = "Messages that vanish. Replication sends again after its `retry`.",
                .default_text = default_text});
  object.field("duplicate", share(), within(settings, &LinkSettings::duplicate),
               {.doc = "Messages that arrive twice.", .default_text = default_text});
  object.field(
      "reorder", share(), within(settings, &LinkSettings::reorder),
      {.doc =
           "Messages that take up to twice as long and are overtaken by others. The changes of a "
           "table stay in order: those behind one that is late wait for their turn, so that it "
           "costs them time and nothing is sent again.",
       .default_text = default_text});
  object.field(
      "bandwidth", bandwidth(), within(settings, &LinkSettings::bandwidth_bytes_per_second),
      {.doc = "What the link carries at most; more has to wait.", .default_text = default_text});
}

[[nodiscard]] bool is_empty(const LinkSettings& settings);

}  // namespace gtsim::language
