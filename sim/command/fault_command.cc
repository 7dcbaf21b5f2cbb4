// `gtsim fault ...`: the faults of scenarios, made by hand in a cluster that is up.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "coordinator/live/wire.h"
#include "region-node/base/quantity_text.h"
#include "sim/command/cluster_access.h"

namespace gtsim {
namespace {

using Sides = std::vector<std::vector<std::string>>;

Result<Sides> read_sides(const ClusterAccess& access, const std::vector<std::string>& texts) {
  Sides sides;
  std::set<std::string> seen;
  for (const std::string& text : texts) {
    std::vector<std::string>& side = sides.emplace_back();
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      side.push_back(text.substr(begin, end - begin));
      if (auto known = access.check_region(side.back()); !known) return known.error();
      if (!seen.insert(side.back()).second) {
        return Error{Errc::kInput, fmt::format("{} is named twice", side.back())};
      }
      begin = end + 1;
    }
  }
  if (sides.size() == 1) {  // one side against all the others
    std::vector<std::string> others;
    for (const auto& [region, node] : access.file.nodes) {
      if (!seen.contains(region)) others.push_back(region);
    }
    if (others.empty()) return Error{Errc::kInput, "there is no other side"};
    sides.push_back(std::move(others));
  }
  return sides;
}

wire::Order link_order(const std::string& to) {
  wire::Order order;
  order.mutable_set_link()->set_to(to);
  return order;
}

int say(const std::string& said) {
  fmt::print("{}\n", said);
  return 0;
}

std::vector<StandingFaults::Link> links_between(const Sides& sides) {
  std::vector<StandingFaults::Link> links;
  for (const auto& side : sides) {
    for (const auto& other : sides) {
      if (&side == &other) continue;
      for (const std::string& from : side) {
        for (const std::string& to : other) links.emplace_back(from, to);
      }
    }
  }
  return links;
}

// In a cluster of `gtsim up` faults are kept, and told again to a region that was away. The nodes
// of a cluster file are only told.
int partition(ClusterAccess& access, const ClusterCommand& command) {
  auto sides = read_sides(access, command.sides);
  if (!sides) return complain(sides.error());
  const std::vector<StandingFaults::Link> links = links_between(*sides);
  if (access.playground) {
    if (auto done = access.playground->cut(links); !done) return complain(done.error());
  } else {
    for (const auto& [from, to] : links) {
      wire::Order order = link_order(to);
      order.mutable_set_link()->set_cut(true);
      if (auto done = access.order(from, order); !done) return complain(done.error());
    }
  }
  return say(fmt::format("{} links are cut; `gtsim fault heal` heals them", links.size()));
}

int heal(ClusterAccess& access) {
  const std::size_t count = access.file.nodes.size();
  if (access.playground) {
    if (auto done = access.playground->heal(); !done) return complain(done.error());
  } else {
    for (const auto& [from, node] : access.file.nodes) {
      for (const auto& [to, other] : access.file.nodes) {
        if (from == to) continue;
        wire::Order order = link_order(to);
        order.mutable_set_link()->set_restore(true);
        if (auto done = access.order(from, order); !done) return complain(done.error());
      }
    }
  }
  return say(fmt::format("{} links are whole, without delay and loss", count * (count - 1)));
}

// Of a cluster file. kInput: `text` is no value.
Result<void> order_link(const ClusterAccess& access, const ClusterCommand& command,
                        const std::string& what) {
  StandingFaults faults({command.from, command.to});
  const StandingFaults::Link link{command.from, command.to};
  const auto effects = what == "latency" ? faults.set_latency(link, command.value)
                                         : faults.set_loss(link, command.value);
  if (!effects) return effects.error();
  wire::Order order;
  *order.mutable_set_link() = to_wire(faults.settings(link));
  order.mutable_set_link()->set_to(command.to);
  return access.order(command.from, order);
}

int change_link(ClusterAccess& access, const ClusterCommand& command, const std::string& what) {
  for (const std::string& region : {command.from, command.to}) {
    if (auto known = access.check_region(region); !known) return complain(known.error());
  }
  if (command.from == command.to) {
    return complain({Errc::kInput, fmt::format("a link from {} to itself", command.from)});
  }
  const StandingFaults::Link link{command.from, command.to};
  const auto done = !access.playground  ? order_link(access, command, what)
                    : what == "latency" ? access.playground->set_latency(link, command.value)
                                        : access.playground->set_loss(link, command.value);
  if (!done && done.error().code == Errc::kInput) {
    return complain(
        {Errc::kInput,
         fmt::format("{} {}: {}; expected for example {}", what, command.value, done.error().detail,
                     what == "latency" ? "80ms or uniform(10ms, 50ms)" : "5%")});
  }
  if (!done) return complain(done.error());
  return say(fmt::format("{} -> {}: {} {}", command.from, command.to, what, command.value));
}

int pause(ClusterAccess& access, const std::string& region, bool paused) {
  if (auto known = access.check_region(region); !known) return complain(known.error());
  if (access.playground) {
    if (auto done = access.playground->set_paused(region, paused); !done) {
      return complain(done.error());
    }
  } else {
    wire::Order order;
    order.mutable_set_paused()->set_paused(paused);
    if (auto done = access.order(region, order); !done) return complain(done.error());
  }
  return say(fmt::format("replication into and out of {} {}", region,
                         paused ? "stands still" : "goes on"));
}

int step_clock(ClusterAccess& access, const ClusterCommand& command) {
  auto step = parse_signed_duration(command.value);
  if (!step) {
    return complain({Errc::kInput, fmt::format("clock {}: {}; expected for example +5s or -250ms",
                                               command.value, step.error().detail)});
  }
  wire::Order order;
  order.mutable_step_clock()->set_step_us(step->count());
  if (auto done = access.order(command.region, order); !done) return complain(done.error());
  return say(fmt::format("the clock of {} was stepped by {}", command.region, command.value));
}

int process_fault(ClusterAccess& access, const std::string& region, const std::string& what) {
  if (auto known = access.check_region(region); !known) return complain(known.error());
  if (!access.playground) {
    return complain(
        {Errc::kInput, fmt::format("fault {}: the nodes of a cluster file were started by somebody "
                                   "else; only a cluster of `gtsim up` has processes to {}",
                                   what, what)});
  }
  Playground& playground = *access.playground;
  auto done = what == "crash"     ? playground.crash(region)
              : what == "restart" ? playground.restart(region)
                                  : playground.set_frozen(region, what == "freeze");
  if (!done) return complain(done.error());
  const bool stands_still = what == "restart" && playground.is_frozen(region);
  const std::string said = what == "crash"     ? "was ended with SIGKILL"
                           : stands_still      ? "is up again, and stands still as before"
                           : what == "restart" ? "is up again"
                           : what == "freeze"  ? "stands still (SIGSTOP)"
                                               : "goes on (SIGCONT)";
  fmt::print("{} {}\n", region, said);
  return 0;
}

}  // namespace

void add_fault_commands(CLI::App& fault, ClusterCommand& command) {
  fault.require_subcommand(1);
  const auto sub = [&](const char* name, const char* help) {
    CLI::App* made = fault.add_subcommand(name, help);
    made->add_option("--dir", command.place.folder, "Folder of the cluster")->capture_default_str();
    made->add_option("--nodes", command.place.nodes_file,
                     "Speak to the nodes of this cluster file instead");
    return made;
  };
  sub("partition", "Cut every link between sides, both ways; regions of a side with commas")
      ->add_option("sides", command.sides, "e.g. us-east-1 eu-west-1,ap-northeast-1")
      ->required();
  sub("heal", "Make every link whole again, without delay and loss");
  for (const char* name : {"latency", "loss"}) {
    CLI::App* made =
        sub(name, name == std::string{"latency"} ? "Delay what one region sends to another"
                                                 : "Lose part of what one region sends to another");
    made->add_option("from", command.from, "Sending region")->required();
    made->add_option("to", command.to, "Receiving region")->required();
    made->add_option("value", command.value, name == std::string{"latency"} ? "e.g. 80ms" : "5%")
        ->required();
  }
  const auto of_region = [&](const char* name, const char* help) {
    CLI::App* made = sub(name, help);
    made->add_option("region", command.region, "The region")->required();
    return made;
  };
  of_region("pause", "Stop replication of every table into and out of a region");
  of_region("resume", "Let it go on");
  of_region("clock", "Step a region's clock")
      ->add_option("value", command.value, "e.g. +5s")
      ->required();
  of_region("freeze", "Make a region stand still");
  of_region("thaw", "Let it go on");
  of_region("crash", "End a region's process at once");
  of_region("restart", "Start it again with the data it had");
}

int make_fault(const ClusterCommand& command) {
  auto access = ClusterAccess::open(command.place);
  if (!access) return complain(access.error());
  const std::string what = command.fault->get_subcommands().front()->get_name();
  if (what == "partition") return partition(*access, command);
  if (what == "heal") return heal(*access);
  if (what == "latency" || what == "loss") return change_link(*access, command, what);
  if (what == "pause") return pause(*access, command.region, true);
  if (what == "resume") return pause(*access, command.region, false);
  if (what == "clock") return step_clock(*access, command);
  return process_fault(*access, command.region, what);
}

}  // namespace gtsim
