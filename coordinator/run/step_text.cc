#include "coordinator/run/step_text.h"

#include <fmt/format.h>

namespace gtsim {
namespace {

class StepTeller {
 public:
  explicit StepTeller(const Scenario& scenario) : scenario_(scenario) {}

  std::string operator()(const WriteStep& step) const {
    return fmt::format("{} in {}", step.transaction ? "transaction" : "write", name(step.region));
  }
  std::string operator()(const PartitionStep& step) const {
    std::string text = "partition";
    const char* between = " ";
    for (const auto& side : step.sides) {
      text += between;
      between = " | ";
      for (std::size_t i = 0; i < side.size(); ++i) text += (i == 0 ? "" : ", ") + name(side[i]);
    }
    return text;
  }
  std::string operator()(const CutStep& step) const { return "cut " + links(step.links); }
  std::string operator()(const HealStep& step) const {
    return "heal " + (step.all ? std::string{"all links"} : links(step.links));
  }
  std::string operator()(const IsolateStep& step) const { return "isolate " + name(step.region); }
  std::string operator()(const FlapStep& step) const {
    return fmt::format("flap {}, {} times", links(step.links), step.times);
  }
  std::string operator()(const LinkStep& step) const { return "change link " + links(step.links); }
  std::string operator()(const PauseReplicationStep& step) const {
    return fmt::format("pause replication of {} into and out of {}", table(step.table),
                       name(step.region));
  }
  std::string operator()(const ResumeReplicationStep& step) const {
    return fmt::format("resume replication of {} in {}", table(step.table), name(step.region));
  }
  std::string operator()(const CrashStep& step) const { return "crash " + name(step.region); }
  std::string operator()(const RestartStep& step) const { return "restart " + name(step.region); }
  std::string operator()(const FreezeStep& step) const { return "freeze " + name(step.region); }
  std::string operator()(const ClockStep& step) const {
    std::string text =
        fmt::format("clock of {} steps by {}", name(step.region), to_text(step.step));
    if (step.drift_ppm) text += fmt::format(", drift {} ppm", *step.drift_ppm);
    return text;
  }
  std::string operator()(const CapacityStep& step) const {
    return fmt::format("write capacity of {} in {}: {}", table(step.table), name(step.region),
                       step.write_units_per_second
                           ? fmt::format("{}/s", *step.write_units_per_second)
                           : "unlimited");
  }
  std::string operator()(const UnavailableStep& step) const {
    const ClientFault& fault = step.fault;
    std::string text = name(fault.region) + " is unavailable to clients";
    const char* between = ": ";
    for (const ClientOperation operation : fault.operations) {
      text += between;
      text += to_text(operation);
      between = ", ";
    }
    if (fault.rate < 1) text += fmt::format(", {:g}% of their calls", fault.rate * 100);
    if (fault.error) text += fmt::format(", {}", to_text(*fault.error));
    if (fault.answer_is_lost) text += ", answers are lost";
    if (fault.delay.count() > 0) text += ", calls take " + to_text(fault.delay) + " longer";
    return text;
  }
  std::string operator()(const ControlStep& step) const {
    const std::string of = table(step.order.table);
    struct Visitor {
      const StepTeller& teller;
      const ControlStep& step;
      const std::string& of;
      std::string operator()(const AddReplicaOrder& order) const {
        return fmt::format("add replica of {} in {} from {}", of, teller.name(order.region),
                           teller.name(step.asked));
      }
      std::string operator()(const RemoveReplicaOrder& order) const {
        return fmt::format("remove replica of {} in {}, asked in {}", of, teller.name(order.region),
                           teller.name(step.asked));
      }
      std::string operator()(const CreateTableOrder&) const {
        return fmt::format("create table {} in {}", of, teller.name(step.asked));
      }
      std::string operator()(const DeleteTableOrder&) const {
        return fmt::format("{} {} in {}", step.may_take_last ? "delete table" : "remove replica of",
                           of, teller.name(step.asked));
      }
      std::string operator()(const ChangeProtectionOrder& order) const {
        return fmt::format("{} {} in {} from being deleted",
                           order.on ? "protect" : "stop protecting", of, teller.name(step.asked));
      }
      std::string operator()(const ChangeTimeToLiveOrder& order) const {
        return fmt::format("{} time to live of {} by {}, asked in {}",
                           order.enabled ? "enable" : "disable", of, order.attribute,
                           teller.name(step.asked));
      }
      std::string operator()(const ChangeTagsOrder&) const {
        return fmt::format("change the tags of {} in {}", of, teller.name(step.asked));
      }
      std::string operator()(const ChangeStreamOrder& order) const {
        return fmt::format("{} the stream of {} in {}", order.enable ? "enable" : "disable", of,
                           teller.name(step.asked));
      }
    };
    return std::visit(Visitor{*this, step, of}, step.order.action);
  }
  std::string operator()(const CrashConsumerStep& step) const {
    return "crash consumer " + step.consumer;
  }
  std::string operator()(const SplitStep& step) const {
    return fmt::format("split a shard of {} in {}", table(step.table), name(step.region));
  }

 private:
  [[nodiscard]] const std::string& name(RegionId region) const {
    return scenario_.regions[region.index()].name;
  }
  [[nodiscard]] std::string table(std::optional<TableId> table) const {
    return table ? scenario_.tables[table->index()].name : "every table";
  }
  [[nodiscard]] std::string links(const std::vector<std::pair<RegionId, RegionId>>& all) const {
    std::string text;
    for (const auto& [from, to] : all) {
      if (!text.empty()) text += ", ";
      text += name(from) + " -> " + name(to);
    }
    return text;
  }
  const Scenario& scenario_;
};

}  // namespace

std::string describe_step(const Step& step, const Scenario& scenario) {
  std::string text = std::visit(StepTeller{scenario}, step.action);
  if (step.for_duration) text += " for " + to_text(*step.for_duration);
  return text;
}

}  // namespace gtsim
