#include "region-node/node/link_shaper.h"

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/transport/codec.h"

namespace gtsim {
namespace {

// What a link may hold back; beyond it messages are lost, and the state machine sends them again.
constexpr std::size_t kMaxWaiting = 10'000;

LinkSettings undisturbed() {
  LinkSettings settings;
  settings.latency = DelayModel{};
  return settings;
}

bool disturbs(const LinkSettings& settings) {
  const auto delays = [](const std::optional<DelayModel>& model) {
    return model && (model->kind != DelayModel::Kind::kConstant || model->first.count() > 0);
  };
  const auto happens = [](const std::optional<double>& probability) {
    return probability && *probability > 0;
  };
  return delays(settings.latency) || delays(settings.jitter) || delays(settings.lag) ||
         happens(settings.loss) || happens(settings.duplicate) || happens(settings.reorder) ||
         settings.bandwidth_bytes_per_second.has_value();
}

}  // namespace

LinkShaper::LinkShaper(RegionId self, const std::vector<std::string>& regions,
                       const std::vector<KeySpace*>& keys, std::uint64_t seed, Send send)
    : keys_(keys), send_(std::move(send)) {
  const Dice network = Dice{seed}.of("network").of(regions[self.index()]);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (i == self.index()) {
      links_.push_back(nullptr);
      continue;
    }
    links_.push_back(std::make_unique<Link>(LinkModel{undisturbed(), network.of(regions[i])}));
    links_.back()->model.keep_as_normal();
  }
}

void LinkShaper::set(RegionId to, std::optional<bool> cut, const LinkSettings& settings,
                     bool restore) {
  Link& link = *links_[to.index()];
  if (restore) link.model.restore();
  if (cut) link.model.set_cut(*cut);
  link.model.change(settings);
  link.disturbed = disturbs(link.model.settings());
}

void LinkShaper::shape(Link& link, Message& message, Instant now) {
  if (link.model.cut()) return;
  if (!link.disturbed && link.in_order.empty() && link.strays.empty()) {
    link.outgoing.push_back(std::move(message));
    return;
  }
  const bool weighs = link.model.settings().bandwidth_bytes_per_second.has_value();
  const LinkModel::Plan plan =
      link.model.plan(now, {.size_bytes = weighs ? wire_size_bytes(message) : 0,
                            .identity = link.model.takes_chances()
                                            ? identity_of(message, keys_of(keys_, message.table))
                                            : 0,
                            .line = line_of(message),
                            .lags = message.kind == MessageKind::kChanges});
  for (int copy = 0; copy < plan.copies; ++copy) {
    if (link.in_order.size() + link.strays.size() >= kMaxWaiting) return;
    Message carried = message;
    const std::uint64_t number = link.next_number++;
    if (plan.out_of_order[copy]) {
      link.strays.try_emplace({plan.at[copy], number}, std::move(carried));
    } else {
      link.in_order.push_back({plan.at[copy], number, std::move(carried)});
    }
  }
}

Instant LinkShaper::send(std::vector<Message>& messages, Instant now) {
  for (Message& message : messages) {
    const std::size_t to = message.to.index();
    CHECK(to < links_.size() && links_[to] != nullptr);
    shape(*links_[to], message, now);
  }
  messages.clear();
  return release(now);
}

Instant LinkShaper::release(Instant now) {
  Instant next = kNever;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (links_[i] == nullptr) continue;
    Link& link = *links_[i];
    Instant due = link.next_due();
    for (; due <= now; due = link.next_due()) {
      Message message = link.take_next();
      // A cut also kills what is on the way.
      if (!link.model.cut()) link.outgoing.push_back(std::move(message));
    }
    next = std::min(next, due);
    flush(RegionId{static_cast<std::uint16_t>(i)}, link);
  }
  return next;
}

bool LinkShaper::Link::stray_is_next() const {
  if (strays.empty() || in_order.empty()) return in_order.empty();
  const Waiting& first = in_order.front();
  return strays.begin()->first < std::pair{first.at, first.number};
}

Instant LinkShaper::Link::next_due() const {
  if (strays.empty() && in_order.empty()) return kNever;
  return stray_is_next() ? strays.begin()->first.first : in_order.front().at;
}

Message LinkShaper::Link::take_next() {
  if (stray_is_next()) return std::move(strays.extract(strays.begin()).mapped());
  Message message = std::move(in_order.front().message);
  in_order.pop_front();
  return message;
}

void LinkShaper::flush(RegionId to, Link& link) {
  if (link.outgoing.empty()) return;
  send_(to, std::move(link.outgoing));
  link.outgoing.clear();
}

}  // namespace gtsim
