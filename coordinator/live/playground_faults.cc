// The faults of a playground: of its processes, and what its regions are told.
#include <fmt/format.h>

#include <csignal>

#include "coordinator/live/playground.h"
#include "coordinator/live/wire.h"

namespace gtsim {
namespace {

constexpr std::chrono::milliseconds kKillLimit{2'000};

wire::Order link_order(const std::string& to, const LinkSettings& settings) {
  wire::Order order;
  *order.mutable_set_link() = to_wire(settings);
  order.mutable_set_link()->set_to(to);
  return order;
}

wire::Order pause_order(bool paused) {
  wire::Order order;
  order.mutable_set_paused()->set_paused(paused);
  return order;
}

}  // namespace

Result<void> Playground::order(const std::string& region, const wire::Order& order) const {
  auto client = ControlClient::make(nodes_.at(region).addresses.control, std::nullopt);
  if (!client) return client.error();
  if (auto done = (*client)->execute(order); !done) {
    return Error{done.error().code, fmt::format("{}: {}", region, done.error().detail)};
  }
  return {};
}

Result<void> Playground::introduce(const std::string& region) const {
  for (const auto& [other, node] : nodes_) {
    if (other == region) continue;
    wire::Order link = link_order(other, faults_.settings({region, other}));
    link.mutable_set_link()->set_cut(faults_.is_cut({region, other}));
    link.mutable_set_link()->set_restore(true);
    if (auto done = order(region, link); !done) return done;
  }
  if (auto done = order(region, pause_order(faults_.is_paused(region))); !done) return done;
  for (const auto& [other, node] : nodes_) {
    if (other == region) continue;
    wire::Order peer;
    peer.mutable_set_peer()->set_region(other);
    peer.mutable_set_peer()->set_address(node.addresses.replication);
    if (auto done = order(region, peer); !done) return done;
  }
  return {};
}

Result<void> Playground::carry_out(const FaultSet::Effects& effects) {
  // Kept first: whoever is not told now is told from there.
  if (auto saved = save(); !saved) return saved;
  const auto listens = [this](RegionId region) {
    const std::string& name = plan_.regions[region.index()];
    return runs(name) && !faults_.is_frozen(name);
  };
  for (const FaultEffect& effect : effects) {
    if (const auto* cut = std::get_if<SetLinkCut>(&effect); cut && listens(cut->link.first)) {
      wire::Order told = link_order(plan_.regions[cut->link.second.index()], {});
      told.mutable_set_link()->set_cut(cut->cut);
      if (auto done = order(plan_.regions[cut->link.first.index()], told); !done) return done;
    }
    if (const auto* change = std::get_if<ChangeLink>(&effect);
        change && listens(change->link.first)) {
      const wire::Order told =
          link_order(plan_.regions[change->link.second.index()], change->settings);
      if (auto done = order(plan_.regions[change->link.first.index()], told); !done) return done;
    }
    if (const auto* pause = std::get_if<SetReplicationPaused>(&effect);
        pause && listens(pause->region)) {
      if (auto done = order(plan_.regions[pause->region.index()], pause_order(pause->paused));
          !done) {
        return done;
      }
    }
  }
  return {};
}

Result<void> Playground::carry_out(Result<FaultSet::Effects> effects) {
  if (!effects) return effects.error();
  return carry_out(*effects);
}

Result<void> Playground::cut(const std::vector<StandingFaults::Link>& links) {
  return carry_out(faults_.cut(links));
}
Result<void> Playground::heal() {
  return carry_out(faults_.heal());
}
Result<void> Playground::set_latency(const StandingFaults::Link& link, const std::string& text) {
  return carry_out(faults_.set_latency(link, text));
}
Result<void> Playground::set_loss(const StandingFaults::Link& link, const std::string& text) {
  return carry_out(faults_.set_loss(link, text));
}
Result<void> Playground::set_paused(const std::string& region, bool paused) {
  return carry_out(faults_.set_paused(region, paused));
}

// ---------------------------------------------------------------- processes

Result<void> Playground::crash(const std::string& region) {
  const auto process = process_of(region);
  if (!process) return Error{Errc::kInput, fmt::format("{} is down already", region)};
  process->signal(SIGKILL);
  if (!process->wait(kKillLimit)) {
    return Error{Errc::kIo,
                 fmt::format("process {} of {} does not end", nodes_.at(region).pid, region)};
  }
  return {};
}

Result<void> Playground::restart(const std::string& region) {
  if (runs(region)) {
    return Error{Errc::kInput, fmt::format("{} is up (process {}); `gtsim fault crash {}` first",
                                           region, nodes_.at(region).pid, region)};
  }
  auto process = launch(region);
  if (!process) return process.error();
  if (auto adopted = adopt(region, *process); !adopted) return adopted.error();
  if (auto saved = save(); !saved) return saved.error();
  process->release();
  if (faults_.is_frozen(region)) {
    // Before it knows a peer: it is told of them when it goes on.
    if (const auto known = process_of(region)) known->signal(SIGSTOP);
  } else if (auto introduced = introduce(region); !introduced) {
    return introduced.error();
  }
  for (const auto& [other, node] : nodes_) {  // so that they dial it at once
    if (other == region || !runs(other) || faults_.is_frozen(other)) continue;
    if (auto introduced = introduce(other); !introduced) return introduced.error();
  }
  return {};
}

Result<void> Playground::set_frozen(const std::string& region, bool frozen) {
  const auto process = process_of(region);
  if (!process) return Error{Errc::kInput, fmt::format("{} is down", region)};
  static_cast<void>(faults_.set_frozen(region, frozen));
  if (auto saved = save(); !saved) return saved;
  process->signal(frozen ? SIGSTOP : SIGCONT);
  return frozen ? Result<void>{} : introduce(region);
}

}  // namespace gtsim
