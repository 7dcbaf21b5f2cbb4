#include "coordinator/live/standing_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "coordinator/language/text_forms.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

using ToBeTold = FaultSet::Effects;

constexpr std::array<std::string_view, 5> kKinds{"cut", "latency", "loss", "pause", "freeze"};

void append(ToBeTold& to, ToBeTold&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

RegionId StandingFaults::id(const std::string& region) const {
  const auto found = std::find(regions_.begin(), regions_.end(), region);
  CHECK(found != regions_.end());
  return RegionId{static_cast<std::uint16_t>(found - regions_.begin())};
}

Result<Fault> StandingFaults::fault_of(const One& one) const {
  switch (one.kind) {
    case Kind::kCut:
      return Fault{LinksCut{{id(one.link)}}};
    case Kind::kLatency: {
      auto delay = language::parse_delay(one.value);
      if (!delay) return Error{Errc::kInput, delay.error().detail};
      if (delay->kind == DelayModel::Kind::kAws) {
        return Error{Errc::kInput, "it has to be a time"};
      }
      LinkSettings settings;
      settings.latency = *std::move(delay);
      return Fault{LinksChanged{{id(one.link)}, std::move(settings)}};
    }
    case Kind::kLoss: {
      const auto share = language::parse_share(one.value);
      if (!share) return Error{Errc::kInput, share.error().detail};
      LinkSettings settings;
      settings.loss = *share;
      return Fault{LinksChanged{{id(one.link)}, std::move(settings)}};
    }
    case Kind::kPause:
      return Fault{ReplicationPaused{id(one.link.first), {TableId{0}}}};
    case Kind::kFreeze:
      return Fault{RegionFrozen{id(one.link.first)}};
  }
  return Error{Errc::kInput, "no fault"};
}

ToBeTold StandingFaults::end(Kind kind, const Link& link) {
  ToBeTold effects;
  std::erase_if(ordered_, [&](const One& one) {
    if (one.kind != kind || one.link != link) return false;
    append(effects, faults_.end(one.holder));
    return true;
  });
  return effects;
}

Result<ToBeTold> StandingFaults::put(Kind kind, const Link& link, const std::string& value) {
  One one{next_, kind, link, value};
  auto fault = fault_of(one);
  if (!fault) return fault.error();
  ++next_;
  // The new one first, so that nothing is as it was in between.
  ToBeTold effects = faults_.begin(one.holder, *fault);
  append(effects, end(kind, link));
  ordered_.push_back(std::move(one));
  return effects;
}

ToBeTold StandingFaults::cut(const std::vector<Link>& links) {
  ToBeTold effects;
  for (const Link& link : links) append(effects, *put(Kind::kCut, link, {}));
  return effects;
}

ToBeTold StandingFaults::heal() {
  ToBeTold effects;
  std::erase_if(ordered_, [&](const One& one) {
    if (one.kind == Kind::kPause || one.kind == Kind::kFreeze) return false;
    append(effects, faults_.end(one.holder));
    return true;
  });
  return effects;
}

Result<ToBeTold> StandingFaults::set_latency(const Link& link, const std::string& text) {
  return put(Kind::kLatency, link, text);
}
Result<ToBeTold> StandingFaults::set_loss(const Link& link, const std::string& text) {
  return put(Kind::kLoss, link, text);
}
ToBeTold StandingFaults::set_paused(const std::string& region, bool paused) {
  return paused ? *put(Kind::kPause, {region, {}}, {}) : end(Kind::kPause, {region, {}});
}
ToBeTold StandingFaults::set_frozen(const std::string& region, bool frozen) {
  return frozen ? *put(Kind::kFreeze, {region, {}}, {}) : end(Kind::kFreeze, {region, {}});
}

bool StandingFaults::is_cut(const Link& link) const {
  return faults_.is_cut(id(link));
}
LinkSettings StandingFaults::settings(const Link& link) const {
  return faults_.settings(id(link));
}
bool StandingFaults::is_paused(const std::string& region) const {
  return faults_.is_paused(id(region), TableId{0});
}
bool StandingFaults::is_frozen(const std::string& region) const {
  return faults_.is_frozen(id(region));
}

boost::json::array StandingFaults::to_json() const {
  boost::json::array out;
  for (const One& one : ordered_) {
    out.push_back(
        {kKinds[static_cast<std::size_t>(one.kind)], one.link.first, one.link.second, one.value});
  }
  return out;
}

Result<void> StandingFaults::read_json(const boost::json::value& value) {
  const auto wrong = [&](const boost::json::value& found) {
    return Error{Errc::kInput,
                 fmt::format("expected a fault of this cluster; found {}", serialize(found))};
  };
  const auto* list = value.if_array();
  if (list == nullptr) return wrong(value);
  const auto known = [this](std::string_view region) {
    return std::find(regions_.begin(), regions_.end(), region) != regions_.end();
  };
  for (const boost::json::value& each : *list) {
    const auto* parts = each.if_array();
    const bool is_text = parts != nullptr && parts->size() == 4 &&
                         std::all_of(parts->begin(), parts->end(),
                                     [](const auto& part) { return part.is_string(); });
    if (!is_text) return wrong(each);
    const auto text = [&](std::size_t i) { return std::string{(*parts)[i].as_string()}; };
    const auto kind = std::find(kKinds.begin(), kKinds.end(), text(0));
    const bool is_of_link = kind < kKinds.begin() + 3;
    if (kind == kKinds.end() || !known(text(1)) || (is_of_link && !known(text(2))) ||
        (is_of_link && text(1) == text(2))) {
      return wrong(each);
    }
    const auto put_back = put(static_cast<Kind>(kind - kKinds.begin()),
                              {text(1), is_of_link ? text(2) : std::string{}}, text(3));
    if (!put_back) return wrong(each);
  }
  return {};
}

}  // namespace gtsim
