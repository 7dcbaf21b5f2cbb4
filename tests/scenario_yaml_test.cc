// From bytes to a tree with positions: what of YAML is taken, and where it is said to stand.
#include <gtest/gtest.h>

#include "coordinator/language/source_text.h"
#include "coordinator/language/yaml_node.h"

namespace gtsim::language {
namespace {

std::string at(SourcePosition position) {
  return '@' + std::to_string(position.line) + ':' + std::to_string(position.column);
}

// plain@1:2, "quoted"@1:2, [..]@1:2, {key@1:2=value}@1:2, null@1:2, -@1:2
std::string print(const Node& node) {
  std::string out;
  switch (node.kind) {
    case NodeKind::kEmpty:
      out = "-";
      break;
    case NodeKind::kNull:
      out = "null";
      break;
    case NodeKind::kPlain:
      out = node.text;
      break;
    case NodeKind::kQuoted:
      out = '"' + node.text + '"';
      break;
    case NodeKind::kList:
      for (const Node& item : node.items) out += (out.empty() ? "" : " ") + print(item);
      out = '[' + out + ']';
      break;
    case NodeKind::kMap:
      for (const Member& member : node.members) {
        out += (out.empty() ? "" : " ") + member.key + at(member.key_position) + '=';
        out += print(member.value);
      }
      out = '{' + out + '}';
      break;
  }
  return out + at(node.position);
}

std::string parse(std::string_view text) {
  if (auto wrong = check_text(text)) return "error" + at(wrong->position) + ' ' + wrong->message;
  auto result = parse_yaml(text);
  if (const auto* error = std::get_if<TreeError>(&result)) {
    return "error" + at(error->position) + ' ' + error->message;
  }
  return print(std::get<Node>(result));
}

struct Case {
  const char* text;
  const char* tree;
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(parse(one.text), one.tree) << one.text;
}

TEST(ScenarioYaml, Scalars) {
  check({{"a: 1\n", "{a@1:1=1@1:4}@1:1"},
         {"a: \"1\"\n", "{a@1:1=\"1\"@1:4}@1:1"},
         {"a: '1'\n", "{a@1:1=\"1\"@1:4}@1:1"},
         {"a: null\n", "{a@1:1=null@1:4}@1:1"},
         {"a: ~\n", "{a@1:1=null@1:4}@1:1"},
         {"a: \"null\"\n", "{a@1:1=\"null\"@1:4}@1:1"},
         {"a:\n", "{a@1:1=-@1:1}@1:1"},
         {"a:\nnullable: 1\n", "{a@1:1=-@1:1 nullable@2:1=1@2:11}@1:1"},
         {"{NULL: true}", "{NULL@1:2=true@1:8}@1:1"},
         {"a:\nb: 1\n", "{a@1:1=-@1:1 b@2:1=1@2:4}@1:1"},
         {"a: |\n  two\n  lines\n", "{a@1:1=\"two\nlines\n\"@1:4}@1:1"},
         {"a: two\n  lines\n", "{a@1:1=two lines@1:4}@1:1"},
         {"a: < 2s # comment\n", "{a@1:1=< 2s@1:4}@1:1"},
         {"a: 'it''s'\n", "{a@1:1=\"it's\"@1:4}@1:1"},
         {"a: 1\r\nb: 2\r\n", "{a@1:1=1@1:4 b@2:1=2@2:4}@1:1"},
         {"\xEF\xBB\xBF"
          "a: 1\n",
          "{a@1:1=1@1:4}@1:1"},
         {"---\na: 1\n...\n", "{a@2:1=1@2:4}@2:1"}});
}

TEST(ScenarioYaml, Collections) {
  check({{"[a, b]", "[a@1:2 b@1:5]@1:1"},
         {"- a\n- b\n", "[a@1:3 b@2:3]@1:1"},
         {"a:\n- b\n- c: d\n", "{a@1:1=[b@2:3 {c@3:3=d@3:6}@3:3]@2:1}@1:1"},
         {"{a: {b: [c]}}", "{a@1:2={b@1:6=[c@1:10]@1:9}@1:5}@1:1"},
         {"[]", "[]@1:1"},
         {"{}", "{}@1:1"},
         {"{a}", "{a@1:2=-@1:2}@1:1"},
         {"[a: 1]", "[{a@1:2=1@1:5}@1:2]@1:1"}});
}

TEST(ScenarioYaml, ColumnsCountCharacters) {
  check({{"{ä: ö, é: b}", "{ä@1:2=ö@1:5 é@1:8=b@1:11}@1:1"}});
}

// Beyond YAML: what makes {latency: uniform(1ms, 5ms)} possible without quotes.
TEST(ScenarioYaml, CommasBetweenParenthesesJoin) {
  check({{"{a: f(1, 2), b: g(3,4)}", "{a@1:2=f(1, 2)@1:5 b@1:14=g(3, 4)@1:17}@1:1"},
         {"[f(1, 2, 3), x]", "[f(1, 2, 3)@1:2 x@1:14]@1:1"},
         {"{a: f(1, 5ms), b: f(2, 5ms)}", "{a@1:2=f(1, 5ms)@1:5 b@1:16=f(2, 5ms)@1:19}@1:1"},
         {"{a: f(g(1, 2), 3)}", "{a@1:2=f(g(1, 2), 3)@1:5}@1:1"}});
}

TEST(ScenarioYaml, OtherParenthesesStayAsTheyAre) {
  check({{"{a: f(1, b: 2}", "{a@1:2=f(1@1:5 b@1:10=2@1:13}@1:1"},
         {"{a: f(1, \"2)\"}", "{a@1:2=f(1@1:5 2)@1:10=-@1:10}@1:1"},
         {"{a: \"f(1\", 2)}", "{a@1:2=\"f(1\"@1:5 2)@1:12=-@1:12}@1:1"},
         {"[f(1, \"2)\"]", "[f(1@1:2 \"2)\"@1:7]@1:1"},
         {"a: f(1, 2)\n", "{a@1:1=f(1, 2)@1:4}@1:1"},
         {"- f(1\n- 2)\n", "[f(1@1:3 2)@2:3]@1:1"}});
}

TEST(ScenarioYaml, Refusals) {
  check({{"a: 1\na: 2\n", "error@2:1 `a` appears twice in this map; first on line 1"},
         {"a: 1\n\"a\": 2\n", "error@2:1 `a` appears twice in this map; first on line 1"},
         {"a: &x 1\n", "error@1:4 anchors and aliases (`&`, `*`) are not part of scenario files"},
         {"a: *x\n", "error@1:4 anchors and aliases (`&`, `*`) are not part of scenario files"},
         {"&x a: 1\n", "error@1:1 anchors and aliases (`&`, `*`) are not part of scenario files"},
         {"a: !!int 1\n", "error@1:4 tags (`!`) are not part of scenario files"},
         {"a: !x [1]\n", "error@1:4 tags (`!`) are not part of scenario files"},
         {"!x a: 1\n", "error@1:1 tags (`!`) are not part of scenario files"},
         {"<<: {a: 1}\n",
          "error@1:1 merge keys (`<<`) are not part of scenario files; write the fields out"},
         {"? {a: 1}\n: 2\n", "error@1:3 a key must be a plain word, not a list or a map"},
         {"a: 1\n---\nb: 2\n", "error@2:1 a second document; a scenario file holds exactly one"},
         {"%YAML 1.2\n---\na: 1\n", "error@1:1 directives (`%`) are not part of scenario files"},
         {"a: \"b\n", "error@1:4 a quote that is not closed"},
         {"a: 'b''\n", "error@1:4 a quote that is not closed"},
         {"a: \"b\\\"\n", "error@1:4 a quote that is not closed"},
         {"a: [1, 2\n", "error@2:1 a `[` list is not closed, or a comma is missing in it"},
         {"a: {b: 1 c: 2}\n", "error@1:11 a `{` map is not closed, or a comma is missing in it"},
         {"a: %x\n", "error@1:4 a value that starts with `%` must stand in quotes"},
         {"a: @x\n", "error@1:4 a value that starts with `@` must stand in quotes"},
         {"\ta: 1\n", "error@1:1 a tab indents this line; expected spaces"}});
}

TEST(ScenarioYaml, TabsBetweenWordsAreBlanks) {
  check({{"a:\t1\t# x\n", "{a@1:1=1@1:4}@1:1"}});
}

TEST(ScenarioYaml, MessagesShowTextsSafely) {
  EXPECT_EQ(quote_for_message("a\nb\x1b[31m"), "`a\\nb\\x1b[31m`");
  EXPECT_EQ(quote_for_message(std::string(100, 'x')), '`' + std::string(60, 'x') + "...`");
  // Cut between characters, not inside one.
  EXPECT_EQ(quote_for_message(std::string(59, 'x') + "äöü").size(), 59 + 2 + 2 + 3u);
}

TEST(SourceText, LeadingComment) {
  EXPECT_EQ(leading_comment("# One.\n#  Two.\n#\n# Three.\nregions: [a]\n# Not this.\n"),
            "One.\n Two.\n\nThree.");
  EXPECT_EQ(leading_comment("regions: [a]\n# x\n"), "");
  EXPECT_EQ(leading_comment(""), "");
  EXPECT_EQ(leading_comment("\n\n# After blank lines.\r\n"), "After blank lines.");
  EXPECT_EQ(leading_comment("# yaml-language-server: $schema=x\n#\n# What to watch.\n"),
            "What to watch.");
}

TEST(SourceText, Paths) {
  EXPECT_EQ(file_stem("scenarios/split-brain.yaml"), "split-brain");
  EXPECT_EQ(file_stem("a.b.yaml"), "a.b");
  EXPECT_EQ(file_stem(".yaml"), ".yaml");
  EXPECT_EQ(file_stem("x/"), "scenario");
  EXPECT_EQ(folder_of("a/b.yaml"), "a");
  EXPECT_EQ(folder_of("/b.yaml"), "/");
  EXPECT_EQ(folder_of("b.yaml"), ".");
  EXPECT_EQ(resolve("a", "t.jsonl"), "a/t.jsonl");
  EXPECT_EQ(resolve("/", "t.jsonl"), "/t.jsonl");
  EXPECT_EQ(resolve(".", "t.jsonl"), "t.jsonl");
  EXPECT_EQ(resolve("a", "/t.jsonl"), "/t.jsonl");
}

}  // namespace
}  // namespace gtsim::language
