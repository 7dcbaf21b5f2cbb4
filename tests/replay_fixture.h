// A small scenario for replays, and replays as text: one line for each write, or one for each
// diagnostic.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/workload/replay.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim::replay_fixture {

inline Scenario two_regions() {
  Scenario scenario;
  scenario.regions.resize(2);
  scenario.regions[0].name = "eu-west-1";
  scenario.regions[1].name = "us-east-1";
  scenario.tables.resize(1);
  scenario.tables[0].name = "orders";
  scenario.tables[0].key.hash = {"PK", AttributeType::kS};
  return scenario;
}

inline Scenario two_tables() {
  Scenario scenario = two_regions();
  scenario.tables.resize(2);
  scenario.tables[1].name = "stock";
  scenario.tables[1].key.hash = {"SKU", AttributeType::kS};
  scenario.tables[1].key.range = KeyAttribute{"SHELF", AttributeType::kN};
  return scenario;
}

inline ReplaySpec trace() {
  ReplaySpec spec;
  spec.path = "t.jsonl";
  return spec;
}

inline ReplaySpec records() {
  ReplaySpec spec;
  spec.format = ReplaySpec::Format::kRecords;
  spec.path = "r.json";
  spec.region = RegionId{1};
  return spec;
}

inline const char* sign(Comparison comparison) {
  constexpr const char* kSigns[] = {"exists", "not-exists", "=", "<>", "<", "<=", ">", ">="};
  return kSigns[static_cast<int>(comparison)];
}

struct ActionText {
  std::string operator()(const PutWrite& put) const { return "put " + item_to_json(put.item); }
  std::string operator()(const DeleteWrite& remove) const {
    return "delete " + item_to_json(remove.key);
  }
  std::string operator()(const CheckWrite& check) const {
    return "check " + item_to_json(check.key);
  }
  std::string operator()(const UpdateWrite& write) const {
    std::string out = "update " + item_to_json(write.key);
    if (!write.update.set.empty()) out += " set " + item_to_json(write.update.set);
    for (const auto& [name, amount] : write.update.add) {
      out += " add " + name + " " + amount.to_string();
    }
    for (const auto& name : write.update.remove) out += " remove " + name;
    return out;
  }
};

inline std::string text_of(const SingleWrite& write, const Scenario& scenario) {
  std::string out = scenario.tables[write.table.index()].name + " ";
  out += std::visit(ActionText{}, write.action);
  for (const ConditionTerm& term : write.condition) {
    out += std::string(" if ") + term.attribute + " " + sign(term.comparison);
    if (term.comparison != Comparison::kExists && term.comparison != Comparison::kNotExists) {
      out += " " + item_to_json(Item{{"v", term.operand}});
    }
  }
  return out;
}

// One line for each write, or one for each diagnostic.
inline std::string text_of(const ReplayOrErrors& result, const Scenario& scenario) {
  std::string out;
  if (const auto* diagnostics = std::get_if<std::vector<Diagnostic>>(&result)) {
    for (const Diagnostic& diagnostic : *diagnostics) {
      out += diagnostic.file + ":" + std::to_string(diagnostic.position.line) + ":" +
             std::to_string(diagnostic.position.column) + ": " + diagnostic.message + "\n";
    }
    return out;
  }
  for (const ReplayWrite& write : std::get<std::vector<ReplayWrite>>(result)) {
    out += to_text(write.at) + " " + scenario.regions[write.region.index()].name;
    if (write.transaction) out += " transaction";
    for (const SingleWrite& single : write.writes) out += " " + text_of(single, scenario);
    out += "\n";
  }
  return out;
}

inline std::string replayed(std::string_view text, const ReplaySpec& spec,
                            const Scenario& scenario) {
  return text_of(read_replay_text(text, spec, scenario), scenario);
}

inline constexpr std::string_view kGetRecords = R"({
    "Records": [
        {
            "eventID": "3e0f39f3d0c0a3d8f1a4ad3bdbc2c0c5",
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-west-2",
            "dynamodb": {
                "ApproximateCreationDateTime": 1464804310.0,
                "Keys": {"PK": {"S": "a"}},
                "NewImage": {"PK": {"S": "a"}, "n": {"N": "1"}},
                "SequenceNumber": "400000000024465870661",
                "SizeBytes": 12,
                "StreamViewType": "NEW_AND_OLD_IMAGES"
            }
        },
        {
            "eventName": "REMOVE",
            "dynamodb": {
                "ApproximateCreationDateTime": 1464804372.0,
                "Keys": {"PK": {"S": "a"}},
                "OldImage": {"PK": {"S": "a"}, "n": {"N": "1"}},
                "SequenceNumber": "400000000024465870700"
            },
            "userIdentity": {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
        }
    ],
    "NextShardIterator": "arn:aws:dynamodb:us-west-2:1:table/t/stream/l|1|AAAA=="
}
)";

inline std::string record(std::string_view event, std::string_view key, std::string_view time,
                          std::string_view sequence_number) {
  std::string out =
      R"({"eventName":")" + std::string(event) + R"(","dynamodb":{"Keys":{"PK":{"S":")";
  out += std::string(key) + R"("}},)";
  if (event != "REMOVE") out += R"("NewImage":{"PK":{"S":")" + std::string(key) + R"("}},)";
  out += R"("ApproximateCreationDateTime":)" + std::string(time);
  return out + R"(,"SequenceNumber":")" + std::string(sequence_number) + R"("}})";
}

// The rest of a good line around `text`, which starts at column 34.
inline std::string line(const std::string& text) {
  return R"({"at": 1, "region": "us-east-1", )" + text + "}";
}

}  // namespace gtsim::replay_fixture
