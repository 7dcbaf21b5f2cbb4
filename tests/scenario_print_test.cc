// What is printed of a scenario is that scenario: compared member by member (scenario_content.h),
// by its text, and by the run that comes of it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/language/printer.h"
#include "coordinator/language/yaml_node.h"
#include "tests/printed_samples.h"
#include "tests/random_scenario.h"
#include "tests/scenario_content.h"
#include "tests/scenario_reading.h"
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> shipped_files() {
  std::vector<std::string> files;
  for (const char* folder : {"scenarios", "tests/determinism/scenarios"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Scenario read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return read(text.str(), path);
}

// Says what is different, not all that there is.
std::string first_difference(const std::string& a, const std::string& b) {
  const auto at = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  const std::size_t from = at < 80 ? 0 : at - 80;
  return fmt::format("...{}\n...{}", a.substr(from, 160), b.substr(from, 160));
}

// Returns the scenario that was read of the text.
Scenario expect_prints_itself(const Scenario& scenario) {
  const std::string text = print_scenario(scenario);
  ScenarioOrErrors result = read_scenario_text(text, scenario.path);
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&result)) {
    ADD_FAILURE() << errors->front().to_string() << "\nin what was printed:\n" << text;
    return {};
  }
  const auto& again = std::get<Scenario>(result);
  const std::string before = content_of(scenario);
  const std::string after = content_of(again);
  EXPECT_TRUE(before == after) << first_difference(before, after) << "\nprinted:\n" << text;
  const std::string second = print_scenario(again);
  EXPECT_EQ(second, text);
  return again;
}

std::string digest_of(const Scenario& scenario) {
  return fmt::format("{}", play(scenario, SimOptions{}).verdict.history_digest);
}

// ---------------------------------------------------------------- round trips

TEST(ScenarioPrint, ShippedScenariosComeBack) {
  const auto files = shipped_files();
  ASSERT_GT(files.size(), 40u);
  for (const std::string& path : files) {
    SCOPED_TRACE(path);
    expect_prints_itself(read_file(path));
  }
}

TEST(ScenarioPrint, SamplesComeBack) {
  for (const PrintedSample& sample : printed_samples()) {
    SCOPED_TRACE(sample.text);
    expect_prints_itself(read(sample.text, sample.path));
  }
}

TEST(ScenarioPrint, RandomScenariosComeBack) {
  constexpr std::uint64_t kCount = 500;
  for (std::uint64_t seed = 1; seed <= kCount && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    expect_prints_itself(random_scenario(seed).scenario);
  }
}

// The same run comes of it: what the reader's members do not show, if there were anything.
TEST(ScenarioPrint, ShippedScenariosPlayAlike) {
  std::size_t played = 0;
  for (const std::string& path : shipped_files()) {
    const Scenario scenario = read_file(path);
    const bool needs_more =
        !scenario.replay.empty() ||
        std::any_of(scenario.consumers.begin(), scenario.consumers.end(),
                    [](const ConsumerSpec& consumer) {
                      return consumer.handler.kind != HandlerSpec::Kind::kRecord;
                    });
    if (needs_more) continue;
    SCOPED_TRACE(path);
    const Scenario again = read(print_scenario(scenario), path);
    EXPECT_EQ(digest_of(again), digest_of(scenario));
    ++played;
  }
  EXPECT_GT(played, 20u);
}

TEST(ScenarioPrint, RandomScenariosPlayAlike) {
  constexpr std::uint64_t kCount = 40;
  std::set<std::string> digests;
  for (std::uint64_t seed = 1; seed <= kCount; ++seed) {
    SCOPED_TRACE(seed);
    const Scenario scenario = random_scenario(seed).scenario;
    const std::string digest = digest_of(scenario);
    EXPECT_EQ(digest_of(read(print_scenario(scenario), scenario.path)), digest);
    digests.insert(digest);
  }
  EXPECT_GT(digests.size(), kCount - 5) << "runs in which nothing happens tell nothing";
}

// ---------------------------------------------------------------- nothing is forgotten

// Which fields of which objects stand in a printed text, as the schema sees it: the schema comes
// from the same definition, but neither the reader nor the printer has a part in it.
class FieldsInUse {
 public:
  FieldsInUse() : schema_(boost::json::parse(scenario_json_schema()).as_object()) {
    note_all("scenario", schema_);
    for (const auto& [name, definition] : schema_.at("$defs").as_object()) {
      note_all(std::string(name), definition.as_object());
    }
  }

  void add(const std::string& text) {
    auto tree = language::parse_yaml(text);
    ASSERT_TRUE(std::holds_alternative<language::Node>(tree));
    visit_object("scenario", schema_, std::get<language::Node>(tree));
  }

  [[nodiscard]] const std::set<std::string>& all() const { return all_; }
  [[nodiscard]] std::vector<std::string> missing() const {
    std::vector<std::string> out;
    std::set_difference(all_.begin(), all_.end(), used_.begin(), used_.end(),
                        std::back_inserter(out));
    return out;
  }

 private:
  using Object = boost::json::object;
  using Node = language::Node;

  void note_all(const std::string& name, const Object& schema) {
    if (!schema.contains("properties")) return;
    for (const auto& [field, type] : schema.at("properties").as_object()) {
      all_.insert(name + "." + std::string(field));
    }
  }

  void visit_object(const std::string& name, const Object& schema, const Node& node) {
    const Object& properties = schema.at("properties").as_object();
    for (const language::Member& member : node.members) {
      const auto* type = properties.if_contains(member.key);
      ASSERT_NE(type, nullptr) << name << " has no field " << member.key;
      used_.insert(name + "." + member.key);
      visit(type->as_object(), member.value);
    }
  }

  void visit(const Object& type, const Node& node) {
    if (const auto* reference = type.if_contains("$ref")) {
      const std::string name(std::string_view(reference->as_string()).substr(8));  // "#/$defs/"
      const Object& target = schema_.at("$defs").as_object().at(name).as_object();
      if (!target.contains("properties")) {
        visit(target, node);
      } else if (node.kind == language::NodeKind::kMap) {
        visit_object(name, target, node);
      }
      return;
    }
    if (const auto* forms = type.if_contains("anyOf")) {
      for (const auto& form : forms->as_array()) {
        if (fits(form.as_object(), node)) visit(form.as_object(), node);
      }
    }
    if (const auto* element = type.if_contains("items")) {
      for (const Node& item : node.items) visit(element->as_object(), item);
    }
    const auto* values = type.if_contains("additionalProperties");
    if (values != nullptr && values->is_object()) {
      for (const language::Member& member : node.members) visit(values->as_object(), member.value);
    }
  }

  [[nodiscard]] static bool fits(const Object& form, const Node& node) {
    if (form.contains("$ref")) return true;
    const auto* type = form.if_contains("type");
    if (type == nullptr) return true;
    if (*type == "object") return node.kind == language::NodeKind::kMap;
    if (*type == "array") return node.kind == language::NodeKind::kList;
    return node.is_scalar();
  }

  Object schema_;
  std::set<std::string> all_;
  std::set<std::string> used_;
};

TEST(ScenarioPrint, EveryFieldOfTheLanguageIsPrinted) {
  FieldsInUse fields;
  for (const std::string& path : shipped_files()) fields.add(print_scenario(read_file(path)));
  for (const PrintedSample& sample : printed_samples()) {
    fields.add(print_scenario(read(sample.text, sample.path)));
  }
  EXPECT_GT(fields.all().size(), 250u);
  EXPECT_EQ(fmt::format("{}", fmt::join(fields.missing(), "\n")), "");
}

// What would not be noticed if the comparison were blind: each pair differs in one thing.
TEST(ScenarioPrintCanary, TheComparisonSeesEveryDifference) {
  const std::string head = "regions: [a, b]\n";
  const std::vector<std::pair<std::string, std::string>> kPairs{
      {"seed: 1\n", ""},
      {"network: {default: {loss: 1%}}\n", "network: {default: {loss: 1.0000000000000002%}}\n"},
      {"network: {links: [{from: a, to: b, lag: 1s}]}\n",
       "network: {links: [{from: a, to: b, jitter: 1s}]}\n"},
      {"tables: {t: {ttl: x}}\n", "tables: {t: {ttl: {attribute: x, by: all}}}\n"},
      {"steps: [{at: 1s, in: a, put: {PK: a, n: 1}}]\n",
       "steps: [{at: 1s, in: a, put: {PK: a, n: \"1\"}}]\n"},
      {"steps: [{at: 1s, in: a, put: {PK: a}, if: {exists: x}}]\n",
       "steps: [{at: 1s, in: a, put: {PK: a}, if: {not_exists: x}}]\n"},
      {"steps: [{at: 1s, crash: a}]\n", "steps: [{at: 1s, crash: a, restart_after: 1s}]\n"},
      {"expect: [{conflicts: 1}]\n", "expect: [{conflicts: 1..1}]\n"},
      {"expect: [{lag: {p99: < 1s}}]\n", "expect: [{lag: {p999: < 1s}}]\n"},
      {"consumers: {c: {region: a, on_failure: queue}}\n",
       "consumers: {c: {region: a, on_failure: bucket}}\n"},
      {"# A word.\n", "# Another.\n"},
  };
  for (const auto& [one, other] : kPairs) {
    EXPECT_NE(content_of(read(one + head)), content_of(read(other + head))) << one;
    EXPECT_EQ(content_of(read(one + head)), content_of(read(one + "\n\n" + head))) << one;
  }
}

// ---------------------------------------------------------------- how it looks

TEST(ScenarioPrint, LooksAsPeopleWriteIt) {
  const std::string text =
      "# Two regions.\n"
      "#\n"
      "# What to watch.\n"
      "name: Checkout\n"
      "seed: 7\n"
      "duration: 10m\n"
      "regions:\n"
      "  a: {clock: {offset: -1s}}\n"
      "  b: {}\n"
      "network:\n"
      "  default: {latency: 80ms, loss: 0.1%}\n"
      "  links:\n"
      "    - {between: [a, b], jitter: \"uniform(0s, 5ms)\"}\n"
      "tables:\n"
      "  orders: {key: {PK: S, SK: N}, capacity: {write: 100/s, regions: {b: 20/s}}}\n"
      "replication: {batch: 25, coalesce: 100ms}\n"
      "workload:\n"
      "  - {rate: 50/s, keys: zipf(10000), mix: {put: 60, update: 40}, for: 10m}\n"
      "consumers:\n"
      "  indexer: {region: b, filter: {eventName: [INSERT]}, batch_size: 10}\n"
      "steps:\n"
      "  - {at: 1s, in: a, put: {PK: \"1\", SK: 2, note: null}, if: {not_exists: PK}, outcome: "
      "ok}\n"
      "  - {at: 1m, name: split, isolate: a, for: 3m}\n"
      "  - at: 2m\n"
      "    in: a\n"
      "    transact:\n"
      "      - {put: {PK: order, SK: 1, text: a text that makes the line a good deal longer}}\n"
      "      - {update: {key: {PK: stock, SK: 1}, add: {left: -1}}, if: {greater: {left: 0}}}\n"
      "expect:\n"
      "  - converged: 5s\n"
      "  - lag: {from: a, to: b, p99: < 2s}\n"
      "  - conflicts: \"> 3\"\n"
      "  - item: {key: {PK: \"1\", SK: 2}, at: 5s, absent: true}\n";
  EXPECT_EQ(print_scenario(read(text)), text);
}

TEST(ScenarioPrint, SaysNothingOfWhatHoldsAnyway) {
  EXPECT_EQ(print_scenario(read("regions: [b, a]\n")), "regions: [a, b]\n");
  EXPECT_EQ(print_scenario(read("name: some-name\nnetwork: aws\nregions: [us-east-1, eu-west-1]\n"
                                "tables: {table: {key: {PK: S}, regions: all, stream: "
                                "NEW_AND_OLD_IMAGES, capacity: unlimited, shards: 1}}\n"
                                "replication: {retry: 1s}\nsettle: 60m\n")),
            "regions: [eu-west-1, us-east-1]\n");
}

TEST(ScenarioPrint, KeepsLinesShort) {
  for (const std::string& path : shipped_files()) {
    std::istringstream lines(print_scenario(read_file(path)));
    std::string line;
    bool in_comment = true;
    while (std::getline(lines, line)) {
      in_comment = in_comment && line.starts_with('#');
      if (in_comment) continue;
      // One value that is longer by itself stays whole.
      const std::string plain = line.substr(0, line.find('\''));  // what is quoted is one value
      const bool one_value = std::count(plain.begin(), plain.end(), ':') <= 2;
      EXPECT_TRUE(line.size() <= 100 || one_value) << path << ": " << line;
    }
  }
}

}  // namespace
}  // namespace gtsim
