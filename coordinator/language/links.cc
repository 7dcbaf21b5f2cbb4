#include "coordinator/language/links.h"

#include "region-node/link/link_setting_members.h"

namespace gtsim::language {

bool resolve_ends(ReadContext& context, const Node& node, const LinkEnds& ends,
                  std::vector<LinkId>& out) {
  const bool any_end = ends.from.has_value() || ends.to.has_value();
  const bool both_ends = ends.from.has_value() && ends.to.has_value();
  if (!ends.between.empty()) {
    if (any_end) {
      return context.error(node, "`between` cannot stand together with `from` or `to`");
    }
    if (ends.between[0] == ends.between[1]) {
      return context.error(
          node.find("between")->value,
          fmt::format("a link from region `{}` to itself", context.name(ends.between[0])));
    }
    out = {{ends.between[0], ends.between[1]}, {ends.between[1], ends.between[0]}};
    return true;
  }
  if (!both_ends) {
    return context.error(node, "expected `from` and `to`, or `between`");
  }
  if (*ends.from == *ends.to) {
    return context.error(node.find("to")->value,
                         fmt::format("a link from region `{}` to itself", context.name(*ends.to)));
  }
  out = {{*ends.from, *ends.to}};
  return true;
}

LinkEnds ends_of(const std::vector<LinkId>& links) {
  const auto& [from, to] = links.front();
  if (links.size() == 1) return {.from = from, .to = to, .between = {}};
  CHECK(links == (std::vector<LinkId>{{from, to}, {to, from}}));
  return {.from = {}, .to = {}, .between = {from, to}};
}

Type<std::vector<LinkId>> links_type(const std::string& name, const std::string& doc,
                                     const std::string& example) {
  struct Draft {
    LinkEnds ends;
    std::vector<LinkId> links;
  };
  Object<Draft> object(name, doc);
  add_link_ends(object, &Draft::ends);
  object.then([](ReadContext& context, const Node& node, Draft& draft) {
    return resolve_ends(context, node, draft.ends, draft.links);
  });
  object.example(example);
  return mapped<std::vector<LinkId>>(
      object.build(), [](Draft&& draft) { return std::move(draft.links); },
      [](const std::vector<LinkId>& links) {
        return Draft{ends_of(links), links};
      });
}

bool is_empty(const LinkSettings& settings) {
  bool any = false;
  for_each_setting([&](auto member) { any = any || (settings.*member).has_value(); });
  return !any;
}

}  // namespace gtsim::language
