// Arbitrary bytes to the scenario reader. It must come back, soon, with a scenario that keeps its
// promises or with messages that say where and can be shown in a terminal.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "coordinator/language/reader.h"
#include "region-node/base/check.h"
#include "region-node/item/utf8.h"

namespace {

using namespace gtsim;

void check_errors(const std::vector<Diagnostic>& errors, std::string_view text) {
  CHECK(!errors.empty());
  CHECK(errors.size() <= 20);
  for (const Diagnostic& error : errors) {
    CHECK(!error.message.empty());
    CHECK_DETAIL(is_valid_utf8(error.message), error.message);
    for (const char c : error.message) {
      CHECK(static_cast<unsigned char>(c) >= 0x20);
      CHECK(c != 0x7F);
    }
    CHECK(error.position.line >= 1);
    CHECK(error.position.column >= 1);
    CHECK(static_cast<std::size_t>(error.position.line) <= text.size() + 2);
  }
}

void check_links(const Scenario& scenario,
                 const std::vector<std::pair<RegionId, RegionId>>& links) {
  for (const auto& [from, to] : links) {
    CHECK(from.index() < scenario.regions.size());
    CHECK(to.index() < scenario.regions.size());
    CHECK(from != to);
  }
}

void check_scenario(const Scenario& scenario) {
  CHECK(!scenario.regions.empty());
  CHECK(scenario.regions.size() <= kMaxRegions);
  for (std::size_t i = 1; i < scenario.regions.size(); ++i) {
    CHECK(scenario.regions[i - 1].name < scenario.regions[i].name);
  }
  CHECK(scenario.network.defaults.latency.has_value());
  CHECK(!scenario.tables.empty());
  for (const TableSpec& table : scenario.tables) {
    CHECK(!table.key.hash.name.empty());
    CHECK(!table.regions.empty());
    CHECK(table.regions.size() == 1 || table.stream.has_value());
    CHECK(table.write_capacity.size() == scenario.regions.size());
  }
  for (std::size_t i = 1; i < scenario.steps.size(); ++i) {
    CHECK(scenario.steps[i - 1].at <= scenario.steps[i].at);
  }
  for (const Step& step : scenario.steps) {
    if (const auto* write = std::get_if<WriteStep>(&step.action)) CHECK(!write->writes.empty());
    if (const auto* cut = std::get_if<CutStep>(&step.action)) check_links(scenario, cut->links);
    if (const auto* order = std::get_if<ControlStep>(&step.action)) {
      CHECK(order->asked.index() < scenario.regions.size());
      CHECK(order->order.table.index() < scenario.tables.size());
    }
  }
  for (const WorkloadSpec& workload : scenario.workload) {
    CHECK(!workload.regions.empty());
    CHECK(workload.for_duration.has_value() || workload.count.has_value());
  }
  for (const Expectation& expectation : scenario.expect) {
    CHECK(!expectation.text.empty());
    if (const auto* item = std::get_if<ItemExpectation>(&expectation.kind)) {
      CHECK(!item->regions.empty());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ScenarioOrErrors result = read_scenario_text(text, "fuzz.yaml");
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&result)) {
    check_errors(*errors, text);
  } else {
    check_scenario(std::get<Scenario>(result));
  }
  return 0;
}
