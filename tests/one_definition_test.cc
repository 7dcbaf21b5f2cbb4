// One name, one definition. Two classes of the same name in two files are no error to a compiler
// that sees one file at a time, nor to the linker, which keeps either's inline functions: the other
// file's objects are then handled by code that was compiled for another layout.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/definitions.h"
#include "tests/source_tree.h"

namespace gtsim::source_tree {
namespace {

// Files of the same program may meet at the linker. Everything may meet what is linked into every
// test; a fuzzer or a tool is a program of its own.
std::string program_of(const File& file) {
  for (std::string_view folder : {"tests/fuzz/", "tests/live/"}) {
    if (file.under(folder)) return file.path;
  }
  if (file.under("tests/bench/")) return "tests/bench/";
  return "";
}

bool may_meet(const File& one, const File& other) {
  const std::string first = program_of(one);
  const std::string second = program_of(other);
  return first.empty() || second.empty() || first == second;
}

std::string defined_twice(const std::vector<File>& sources) {
  struct Place {
    const File* file;
    int line;
  };
  std::map<std::string, std::vector<Place>> places;
  for (const File& file : sources) {
    if (!file.is_cpp()) continue;
    for (const Definition& definition : definitions(file.text)) {
      places[definition.name].push_back({&file, definition.line});
    }
  }
  std::string findings;
  for (const auto& [name, all] : places) {
    // Each program has its own.
    if (name.starts_with("main(") || name.starts_with("LLVMFuzzer")) continue;
    for (std::size_t i = 1; i < all.size(); ++i) {
      const auto other =
          std::find_if(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), [&](Place place) {
            return place.file->path != all[i].file->path && may_meet(*place.file, *all[i].file);
          });
      if (other == all.begin() + static_cast<std::ptrdiff_t>(i)) continue;
      findings += all[i].file->path + ":" + std::to_string(all[i].line) + ": defines " + name +
                  ", and so does " + other->file->path + ":" + std::to_string(other->line) + "\n";
    }
  }
  return findings;
}

TEST(OneDefinition, NoTwoFilesDefineTheSameName) {
  std::vector<File> sources;
  for (File& file : files()) {
    if (file.is_cpp()) sources.push_back(std::move(file));
  }
  const std::string findings = defined_twice(sources);
  EXPECT_TRUE(findings.empty()) << "\n" << findings;
}

// Of all that stands in the tree, what the reader must have seen: else the test above is silent for
// the wrong reason.
TEST(OneDefinition, FindsWhatTheTreeDefines) {
  std::vector<std::string> names;
  std::size_t headers_without = 0;
  for (const File& file : files()) {
    if (!file.is_cpp()) continue;
    const std::vector<Definition> found = definitions(file.text);
    headers_without += found.empty() && file.is_header() ? 1 : 0;
    for (const Definition& definition : found) names.push_back(definition.name);
  }
  EXPECT_GT(names.size(), 1000u);
  EXPECT_LT(headers_without, 50u) << "more headers than that define nothing?";
  for (const char* name :
       {"gtsim::LagHistogram", "gtsim::Replica", "gtsim::Version", "gtsim::SyncMode",
        "gtsim::pattern::JsonNode", "gtsim::parse_duration(string_view)", "gtsim::kLongestDuration",
        "gtsim::Checker::check_end(Instant)", "gtsim::source_tree::definitions(string_view)"}) {
    EXPECT_TRUE(std::find(names.begin(), names.end(), name) != names.end()) << name;
  }
}

TEST(OneDefinitionCanary, CatchesASecondDefinition) {
  for (std::string_view text : {
           "class Twice { int a; };",
           "struct Twice final : Base { int a; };",
           "template <class T>\nstruct Twice { T a; };",
           "enum class Twice : std::uint8_t { kOne };",
           "union Twice { int a; };",
           "inline int twice(const std::string& name) { return 1; }",
           "template <class T> T twice(T a, int b = 2) { return a; }",
           "constexpr int twice() { return 1; }",
           "int twice(int a) noexcept { return a; }",
           "Class::Class(int a) : a_{a}, b_(a) { run(); }",
           "bool operator==(const A& a, const B& b) { return true; }",
           "inline constexpr int kTwice = 1;",
           "inline const std::vector<int> kTwice = {1, 2};",
           "inline int twice[2] = {};",
       }) {
    const std::string whole = "#pragma once\nnamespace gtsim {\n" + std::string(text) + "\n}\n";
    EXPECT_NE(defined_twice({{"region-node/a.h", whole}, {"coordinator/b.h", whole}}), "") << text;
    EXPECT_NE(defined_twice({{"region-node/a.h", whole}, {"tests/fuzz/b.cc", whole}}), "") << text;
  }
}

// Another name of a parameter or a namespace written in two steps make no difference.
TEST(OneDefinitionCanary, CatchesTheSameWrittenDifferently) {
  EXPECT_NE(defined_twice({{"a.h", "namespace gtsim::x { inline int f(int a, A b) { return a; } }"},
                           {"b.h",
                            "namespace gtsim { namespace x { int f(int n, A m) { return 1; } } "
                            "}"}}),
            "");
  // What stands before and after must not hide it.
  EXPECT_NE(
      defined_twice({{"a.cc",
                      "#define OPEN {\nnamespace gtsim {\nnamespace { struct A { int x; }; }\n"
                      "A::A() : x_{1}, y_{f({2})} {}\nconst B kB[] = {{1}, {2}};\n"
                      "auto f = [](int x) { return x; };\nstruct Twice {};\n}"},
                     {"b.cc", "namespace gtsim {\nclass Twice;\nstruct Twice {};\n}"}}),
      "");
}

TEST(OneDefinitionCanary, LetsWhatOnlyLooksAlikePass) {
  const struct {
    std::string_view one, other;
  } kFine[] = {
      {"class Twice;", "class Twice {};"},
      {"namespace { struct Twice {}; }", "namespace { struct Twice {}; }"},
      {"namespace a { struct Twice {}; }", "namespace b { struct Twice {}; }"},
      {"int twice(int a) { return a; }", "int twice(long a) { return 1; }"},
      {"static int twice(int a) { return a; }", "static int twice(int a) { return a; }"},
      {"struct A { struct Twice {}; };", "struct B { struct Twice {}; };"},
      {"template <> struct hash<A> {};", "template <> struct hash<B> {};"},
      {"struct Twice* f();", "struct Twice {};"},
      {"int twice(int a);", "int twice(int a) { return a; }"},
      {"constexpr int kTwice = 1;", "constexpr int kTwice = 2;"},
      {"// class Twice {};", "const char* text = \"class Twice {};\"; class Twice {};"},
      {"int main() {}", "int main() {}"},
  };
  for (const auto& fine : kFine) {
    EXPECT_EQ(defined_twice({{"region-node/a.cc", std::string(fine.one)},
                             {"coordinator/b.cc", std::string(fine.other)}}),
              "")
        << fine.one;
  }
  const std::string entry = "struct Twice {};";
  EXPECT_EQ(defined_twice({{"tests/fuzz/a.cc", entry}, {"tests/fuzz/b.cc", entry}}), "");
}

}  // namespace
}  // namespace gtsim::source_tree
