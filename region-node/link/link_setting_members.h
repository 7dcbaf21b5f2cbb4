// What all of a link's settings have in common, for whoever treats them alike.
#pragma once

#include "region-node/link/link_settings.h"

namespace gtsim {

// Calls visit(&LinkSettings::member) for each.
template <class Visit>
void for_each_setting(const Visit& visit) {
  visit(&LinkSettings::latency);
  visit(&LinkSettings::jitter);
  visit(&LinkSettings::lag);
  visit(&LinkSettings::loss);
  visit(&LinkSettings::duplicate);
  visit(&LinkSettings::reorder);
  visit(&LinkSettings::bandwidth_bytes_per_second);
}

// What is set of `change` takes the place of what stands.
inline void set_members(LinkSettings& settings, const LinkSettings& change) {
  for_each_setting([&](auto member) {
    if (change.*member) settings.*member = change.*member;
  });
}

}  // namespace gtsim
