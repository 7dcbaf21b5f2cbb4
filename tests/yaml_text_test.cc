// Every tree comes back from its text, whatever its words are made of.
#include "coordinator/language/yaml_text.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <variant>

#include "coordinator/language/source_text.h"
#include "region-node/base/random.h"

namespace gtsim::language {
namespace {

// As same_content, but that a plain scalar may have got quotes.
bool comes_back(const Node& node, const Node& again) {
  const bool quoted = node.kind == NodeKind::kPlain && again.kind == NodeKind::kQuoted;
  if (!quoted && node.kind != again.kind) return false;
  if (node.text != again.text || node.items.size() != again.items.size()) return false;
  if (node.members.size() != again.members.size()) return false;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (!comes_back(node.items[i], again.items[i])) return false;
  }
  for (std::size_t i = 0; i < node.members.size(); ++i) {
    if (node.members[i].key != again.members[i].key) return false;
    if (!comes_back(node.members[i].value, again.members[i].value)) return false;
  }
  return true;
}

::testing::AssertionResult reads_back(const Node& tree, std::size_t columns) {
  const std::string text = yaml_text(tree, columns);
  if (const auto wrong = check_text(text)) {
    return ::testing::AssertionFailure() << wrong->message << "\n" << text;
  }
  const auto read = parse_yaml(text);
  if (const auto* error = std::get_if<TreeError>(&read)) {
    return ::testing::AssertionFailure() << error->message << "\n" << text;
  }
  if (comes_back(tree, std::get<Node>(read))) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "another tree:\n" << text;
}

class Gardener {
 public:
  explicit Gardener(std::uint64_t seed) : random_(Random{seed}.fork("yaml text")) {}

  std::string word() {
    static const std::array<std::string, 44> kPieces{
        "a",  "b1",   "-",    "- ",   ":",   ": ",  ":x", "#",    " #",   " ",        "\t",
        "\n", "\r",   "\"",   "'",    "\\",  "{",   "}",  "[",    "]",    ",",        "(",
        ")",  "?",    "? ",   "&",    "*",   "!",   "|",  ">",    "%",    "@",        "`",
        "~",  "null", "true", "12.5", "---", "...", "<<", "\x01", "\x7f", "\xC3\xA9", "="};
    static const std::array<std::string, 5> kRare{std::string(1, '\0'), "\xC2\x85", "\xE2\x80\xA9",
                                                  "\xEF\xBB\xBF", "\xF0\x9F\x90\xA6"};
    std::string out;
    for (std::uint64_t count = random_.below(5); count > 0; --count) {
      out += random_.chance(0.1) ? kRare[random_.below(kRare.size())]
                                 : kPieces[random_.below(kPieces.size())];
    }
    if (random_.chance(0.01)) out += std::string(1200, 'k');
    return out;
  }

  Node scalar() {
    Node node = plain_node(word());
    if (random_.chance(0.3)) node.kind = NodeKind::kQuoted;
    if (random_.chance(0.1)) {
      node.kind = NodeKind::kNull;
      node.text.clear();
    }
    return node;
  }

  Node tree(int depth) {
    if (depth == 0 || random_.chance(0.3)) return scalar();
    if (random_.chance(0.5)) {
      Node list = list_node({});
      for (std::uint64_t count = random_.below(4); count > 0; --count) {
        list.items.push_back(tree(depth - 1));
      }
      return list;
    }
    return map(depth, /*any_key=*/true);
  }

  Node map(int depth, bool any_key) {
    Node out;
    out.kind = NodeKind::kMap;
    for (std::uint64_t count = random_.below(4); count > 0; --count) {
      std::string key = any_key ? word() : "field" + std::to_string(count);
      if (out.find(key) == nullptr) add_member(out, std::move(key), tree(depth - 1));
    }
    return out;
  }

 private:
  Random random_;
};

TEST(YamlText, EveryTreeComesBack) {
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    const Node tree = Gardener{seed}.map(5, /*any_key=*/false);
    ASSERT_TRUE(reads_back(tree, seed % 3 == 0 ? 20 : 100)) << seed;
  }
}

std::string scalar_in_flow(const std::string& text) {
  Node root;
  add_member(root, "x", list_node({plain_node(text)}));
  return yaml_text(root, 100);
}

TEST(YamlText, QuotesOnlyWhatNeedsThem) {
  for (const char* plain : {"a", "a b", "1%", "10/s", "-1s", "a#b", "a:b", "< 2s", "1..5", "it's",
                            "zipf(1000)", "aGVsbG8=", "=3", "golden/a.jsonl", "h\xC3\xA9"}) {
    EXPECT_EQ(scalar_in_flow(plain), std::string("x: [") + plain + "]\n");
  }
  for (const char* quoted : {"", "null", "~", "> 3", "a: b", "a #b", "uniform(1ms, 2ms)", "a(",
                             "- a", "-", "[a", "%a", " a", "a ", "a:", "@a", "what?"}) {
    EXPECT_EQ(scalar_in_flow(quoted), std::string("x: [\"") + quoted + "\"]\n");
  }
  EXPECT_EQ(scalar_in_flow("\"a\""), "x: ['\"a\"']\n");
  EXPECT_EQ(scalar_in_flow("\"it's\", \\"), "x: ['\"it''s\", \\']\n");
  EXPECT_EQ(scalar_in_flow("a\n\"b\""), "x: [\"a\\n\\\"b\\\"\"]\n");
}

// In block a comma is a comma.
TEST(YamlText, QuotesLessOutsideOfBrackets) {
  Node root;
  add_member(root, "name", plain_node("one, two [three]"));
  EXPECT_EQ(yaml_text(root, 100), "name: one, two [three]\n");
}

}  // namespace
}  // namespace gtsim::language
