// Arbitrary bytes as a trace and as recorded stream records. What is accepted must be in time order
// and hold items that the table takes; what is refused must say why, in printable UTF-8.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "coordinator/workload/replay.h"
#include "region-node/base/check.h"
#include "region-node/item/item_size.h"
#include "region-node/item/utf8.h"

namespace gtsim {
namespace {

Scenario two_regions() {
  Scenario scenario;
  scenario.regions.resize(2);
  scenario.regions[0].name = "eu-west-1";
  scenario.regions[1].name = "us-east-1";
  scenario.tables.resize(2);
  scenario.tables[0].name = "t";
  scenario.tables[0].key.hash = {"PK", AttributeType::kS};
  scenario.tables[1].name = "u";
  scenario.tables[1].key.hash = {"PK", AttributeType::kB};
  scenario.tables[1].key.range = KeyAttribute{"SK", AttributeType::kN};
  return scenario;
}

void check_write(const SingleWrite& write, const Scenario& scenario, bool in_transaction) {
  CHECK(write.table.index() < scenario.tables.size());
  const KeySchema& schema = scenario.tables[write.table.index()].key;
  if (const auto* put = std::get_if<PutWrite>(&write.action)) {
    CHECK(extract_key(schema, put->item).has_value());
    CHECK(check_item_limits(put->item, SizeCheck::kPut).has_value());
  } else if (const auto* update = std::get_if<UpdateWrite>(&write.action)) {
    CHECK(check_key(schema, update->key).has_value());
  } else if (const auto* remove = std::get_if<DeleteWrite>(&write.action)) {
    CHECK(check_key(schema, remove->key).has_value());
  } else {
    CHECK(in_transaction);
    CHECK(!write.condition.empty());
  }
}

void check_result(const ReplayOrErrors& result, const Scenario& scenario) {
  if (const auto* diagnostics = std::get_if<std::vector<Diagnostic>>(&result)) {
    CHECK(!diagnostics->empty());
    CHECK(diagnostics->size() <= 20);
    for (const Diagnostic& diagnostic : *diagnostics) {
      CHECK(!diagnostic.message.empty());
      CHECK(diagnostic.message.size() < 1000);
      CHECK(is_valid_utf8(diagnostic.message));
      for (const char c : diagnostic.message) CHECK(static_cast<unsigned char>(c) >= 0x20);
    }
    return;
  }
  Duration previous{0};
  for (const ReplayWrite& replay : std::get<std::vector<ReplayWrite>>(result)) {
    CHECK(replay.at >= previous);
    previous = replay.at;
    CHECK(replay.region.index() < scenario.regions.size());
    CHECK(replay.line >= 1);
    CHECK(!replay.writes.empty());
    CHECK(replay.transaction || replay.writes.size() == 1);
    for (const SingleWrite& write : replay.writes) {
      check_write(write, scenario, replay.transaction);
    }
  }
}

}  // namespace
}  // namespace gtsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gtsim;
  static const Scenario scenario = two_regions();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReplaySpec spec;
  spec.path = "input";
  check_result(read_replay_text(text, spec, scenario), scenario);
  spec.table = TableId{0};
  spec.region = RegionId{1};
  spec.format = ReplaySpec::Format::kRecords;
  check_result(read_replay_text(text, spec, scenario), scenario);
  return 0;
}
