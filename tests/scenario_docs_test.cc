// The reference and the schema come from the definition that reads; these tests hold the committed
// copies to it, and the definition to itself. To write the copies anew:
//   GTSIM_WRITE_DOCS=1 build/release/tests/gtsim_tests --gtest_filter='ScenarioDocs.*'
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "coordinator/language/language.h"
#include "coordinator/language/reader.h"

namespace gtsim {
namespace {

using language::Definition;
using language::DefinitionPtr;
using language::FieldDefinition;

void expect_committed(const std::string& name, const std::string& generated) {
  const std::string path = std::string(GTSIM_SOURCE_DIR) + "/docs/" + name;
  if (std::getenv("GTSIM_WRITE_DOCS") != nullptr) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << generated;
  }
  std::ostringstream committed;
  committed << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_TRUE(committed.str() == generated)
      << path
      << " differs from the definition; the comment at the top of this file says how to write "
      << "it anew";
}

std::vector<DefinitionPtr> definitions() {
  return language::collect_definitions(language::scenario_type().text.mentions.front());
}

boost::json::object schema() {
  return boost::json::parse(scenario_json_schema()).as_object();
}

TEST(ScenarioDocs, CommittedReferenceIsTheDefinition) {
  expect_committed("scenario-language.md", scenario_reference_markdown());
}

TEST(ScenarioDocs, CommittedSchemaIsTheDefinition) {
  expect_committed("scenario.schema.json", scenario_json_schema());
}

TEST(ScenarioDocs, SchemaKnowsExactlyTheFieldsOfTheReader) {
  const boost::json::object whole = schema();
  const boost::json::object& defs = whole.at("$defs").as_object();
  for (const DefinitionPtr& definition : definitions()) {
    const bool root = definition->name == "scenario";
    const std::string anchor = language::anchor_of(definition->name);
    ASSERT_TRUE(root || defs.contains(anchor)) << definition->name;
    if (!definition->is_object) continue;
    const boost::json::object& object = root ? whole : defs.at(anchor).as_object();
    EXPECT_EQ(object.at("additionalProperties"), boost::json::value(false)) << definition->name;
    const boost::json::object& properties = object.at("properties").as_object();
    EXPECT_EQ(properties.size(), definition->fields.size()) << definition->name;
    for (const FieldDefinition& field : definition->fields) {
      EXPECT_TRUE(properties.contains(field.name)) << definition->name << '.' << field.name;
    }
  }
}

void collect_references(const boost::json::value& value, std::set<std::string>& out) {
  if (value.is_array()) {
    for (const auto& element : value.get_array()) collect_references(element, out);
  }
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.get_object()) {
    if (key == "$ref") out.insert(std::string(member.as_string()));
    collect_references(member, out);
  }
}

TEST(ScenarioDocs, SchemaReferencesLeadSomewhere) {
  const boost::json::object whole = schema();
  std::set<std::string> references;
  collect_references(whole, references);
  EXPECT_GT(references.size(), 30u);
  for (const std::string& reference : references) {
    const std::string prefix = "#/$defs/";
    ASSERT_TRUE(reference.starts_with(prefix)) << reference;
    EXPECT_TRUE(whole.at("$defs").as_object().contains(reference.substr(prefix.size())))
        << reference;
  }
}

TEST(ScenarioDocs, ReferenceNamesEveryFieldAndLinksLeadSomewhere) {
  const std::string markdown = scenario_reference_markdown();
  std::set<std::string> anchors;
  for (const DefinitionPtr& definition : definitions()) {
    EXPECT_NE(markdown.find("\n## " + definition->name + "\n"), std::string::npos);
    EXPECT_TRUE(anchors.insert(language::anchor_of(definition->name)).second);
    for (const FieldDefinition& field : definition->fields) {
      EXPECT_NE(markdown.find("| `" + field.name + "` |"), std::string::npos) << field.name;
    }
  }
  const std::regex link(R"(\]\(#([a-z-]+)\))");
  for (auto it = std::sregex_iterator(markdown.begin(), markdown.end(), link);
       it != std::sregex_iterator(); ++it) {
    EXPECT_EQ(anchors.count((*it)[1]), 1u) << (*it)[1];
  }
}

// Two definitions with one name would hide each other in the schema.
TEST(ScenarioDocs, NamesOfDefinitionsMeanOneThing) {
  std::map<std::string, DefinitionPtr> seen;
  for (const DefinitionPtr& definition : definitions()) seen.emplace(definition->name, definition);
  for (const DefinitionPtr& definition : definitions()) {
    for (const FieldDefinition& field : definition->fields) {
      for (const DefinitionPtr& mentioned : field.type.mentions) {
        const Definition& first = *seen.at(mentioned->name);
        EXPECT_EQ(mentioned->doc, first.doc) << mentioned->name;
        EXPECT_EQ(mentioned->schema, first.schema) << mentioned->name;
        ASSERT_EQ(mentioned->fields.size(), first.fields.size()) << mentioned->name;
        for (std::size_t i = 0; i < first.fields.size(); ++i) {
          EXPECT_EQ(mentioned->fields[i].name, first.fields[i].name) << mentioned->name;
        }
      }
    }
  }
}

TEST(ScenarioDocs, EveryFieldIsExplained) {
  for (const DefinitionPtr& definition : definitions()) {
    EXPECT_TRUE(definition->doc.ends_with('.')) << definition->name;
    if (definition->is_object) {
      EXPECT_FALSE(definition->example.empty()) << definition->name;
    } else {
      EXPECT_FALSE(definition->forms.empty()) << definition->name;
    }
    for (const FieldDefinition& field : definition->fields) {
      const std::string name = definition->name + '.' + field.name;
      EXPECT_TRUE(field.doc.ends_with('.')) << name;
      EXPECT_FALSE(field.type.label.empty()) << name;
      EXPECT_FALSE(field.type.expected.empty()) << name;
      EXPECT_FALSE(field.required && !field.default_text.empty()) << name;
      EXPECT_FALSE(field.choice && field.required) << name;
      EXPECT_TRUE(field.required || field.choice || !field.default_text.empty()) << name;
    }
  }
}

// What the schema's patterns accept is what people are shown.
TEST(ScenarioDocs, FormsMatchTheirPatterns) {
  for (const DefinitionPtr& definition : definitions()) {
    if (definition->is_object) continue;
    boost::json::value form_schema = definition->schema;
    if (form_schema.as_object().contains("anyOf")) {
      form_schema = form_schema.as_object().at("anyOf").as_array().at(0);
    }
    const auto* pattern = form_schema.as_object().if_contains("pattern");
    if (pattern == nullptr) continue;
    const std::regex regex(std::string(pattern->as_string()));
    for (std::string form : definition->forms) {
      if (form.starts_with('"')) form = form.substr(1, form.size() - 2);
      EXPECT_TRUE(std::regex_match(form, regex)) << definition->name << ": " << form;
    }
  }
}

class DocumentedExample : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/gtsim-docs-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::filesystem::create_directory(folder_ + "/traces");
    std::ofstream(folder_ + "/traces/a.jsonl") << "{}\n";
    std::ofstream(folder_ + "/recorded.json") << "{}\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(DocumentedExample, Reads) {
  for (const DefinitionPtr& definition : definitions()) {
    std::string text = definition->example;
    if (text.empty()) continue;
    if (text.find("regions:") != 0 && text.find("\nregions:") == std::string::npos) {
      text = "regions: [us-east-1, eu-west-1]\n" + text;
    }
    const auto result = read_scenario_text(text, folder_ + "/example.yaml");
    if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&result)) {
      ADD_FAILURE() << definition->name << ":\n" << text << errors->front().to_string();
    }
  }
}

}  // namespace
}  // namespace gtsim
