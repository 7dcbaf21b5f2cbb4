// Files that must be refused, each at the right place with a useful message. A file in
// tests/broken/scenarios starts with one line for each error that it must get and no other:
//   # expect: LINE:COLUMN a part of the message
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "coordinator/language/reader.h"

namespace gtsim {
namespace {

const std::string kFolder = std::string(GTSIM_SOURCE_DIR) + "/tests/broken/scenarios/";

std::vector<std::string> broken_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

struct Expected {
  int line = 0;
  int column = 0;
  std::string fragment;
};

std::vector<Expected> expectations(const std::string& text) {
  constexpr std::string_view kPrefix = "# expect: ";
  std::vector<Expected> out;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line) && line.starts_with(kPrefix)) {
    Expected expected;
    const char* end = line.data() + line.size();
    const auto row = std::from_chars(line.data() + kPrefix.size(), end, expected.line);
    const auto column = std::from_chars(row.ptr + 1, end, expected.column);
    expected.fragment = std::string(column.ptr + 1, end);
    out.push_back(std::move(expected));
  }
  return out;
}

std::vector<Diagnostic> errors_of(const ScenarioOrErrors& result) {
  const auto* errors = std::get_if<std::vector<Diagnostic>>(&result);
  return errors == nullptr ? std::vector<Diagnostic>{} : *errors;
}

std::string print(const std::vector<Diagnostic>& errors) {
  std::string out;
  for (const Diagnostic& error : errors) out += error.to_string() + '\n';
  return out;
}

class BrokenScenario : public testing::TestWithParam<std::string> {};

TEST_P(BrokenScenario, IsRefusedWhereItIsWrong) {
  const std::string path = kFolder + GetParam() + ".yaml";
  const std::vector<Expected> expected = expectations(contents(path));
  ASSERT_FALSE(expected.empty()) << "the file does not say what to expect";
  const std::vector<Diagnostic> found = errors_of(read_scenario_file(path));
  ASSERT_EQ(found.size(), expected.size()) << print(found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].file, path);
    EXPECT_EQ(found[i].position.line, expected[i].line) << found[i].to_string();
    EXPECT_EQ(found[i].position.column, expected[i].column) << found[i].to_string();
    EXPECT_NE(found[i].message.find(expected[i].fragment), std::string::npos)
        << found[i].message << "\nhas not in it\n"
        << expected[i].fragment;
  }
}

std::string camel_case(const testing::TestParamInfo<std::string>& info) {
  std::string name;
  bool upper = true;
  for (const char c : info.param) {
    if (c != '_') name += upper ? static_cast<char>(std::toupper(c)) : c;
    upper = c == '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, BrokenScenario, testing::ValuesIn(broken_files()), camel_case);

TEST(BrokenScenarios, AreMany) {
  EXPECT_GE(broken_files().size(), 150u);
}

// ---------------------------------------------------------------- what no text file in the tree
// can hold

std::string only_error(const ScenarioOrErrors& result) {
  const std::vector<Diagnostic> errors = errors_of(result);
  return errors.size() == 1 ? errors.front().to_string() : print(errors);
}

std::string only_error_of(std::string_view text) {
  return only_error(read_scenario_text(text, "f"));
}

const std::string kRegions = "regions: [a, b]\n";

TEST(BrokenText, Empty) {
  const std::string message = "f:1:1: the file is empty; the smallest scenario names its `regions`";
  EXPECT_EQ(only_error_of(""), message);
  EXPECT_EQ(only_error_of("\n\n"), message);
  EXPECT_EQ(only_error_of("---\n"), message);
  EXPECT_EQ(only_error_of("null\n"), message);
}

TEST(BrokenText, Nul) {
  EXPECT_EQ(only_error_of(std::string_view("regions: [a\0, b]\n", 17)),
            "f:1:12: a NUL byte; a scenario is a text file");
}

TEST(BrokenText, ControlCharacters) {
  EXPECT_EQ(only_error_of(kRegions + "name: a\x04\n"), "f:2:8: control character 0x04");
  EXPECT_EQ(only_error_of("regions: [a, b]\rseed: 1\n"), "f:1:16: control character 0x0d");
}

TEST(BrokenText, InvalidUtf8) {
  EXPECT_EQ(only_error_of(kRegions + "name: caf\xE9 noir\n"),
            "f:2:10: byte 0xe9 is not valid UTF-8; save the file as UTF-8");
  EXPECT_EQ(only_error_of(kRegions + "name: \xC0\x80\n"),
            "f:2:7: byte 0xc0 is not valid UTF-8; save the file as UTF-8");
  EXPECT_EQ(only_error_of(kRegions + "# ends in the middle \xE2\x82"),
            "f:2:22: byte 0xe2 is not valid UTF-8; save the file as UTF-8");
}

TEST(BrokenText, Utf16) {
  EXPECT_EQ(only_error_of(std::string_view("\xFF\xFEr\0e\0", 6)),
            "f:1:1: the file is UTF-16; save it as UTF-8");
}

TEST(BrokenText, TooLarge) {
  EXPECT_EQ(only_error_of(std::string(kMaxScenarioBytes + 1, '#')),
            "f:1:1: the file is larger than 4 MiB");
  EXPECT_EQ(only_error_of(kRegions + "name: " + std::string(100u << 20, 'x')),
            "f:1:1: the file is larger than 4 MiB");
}

// yaml-cpp keeps the tokens of all open brackets; the bound on punctuation must come first.
TEST(BrokenText, BracketBomb) {
  const std::string brackets(3u << 20, '[');
  EXPECT_EQ(only_error_of("regions: " + brackets), "f:1:1000009: more than 200000 values");
}

TEST(BrokenText, BracketsThatTheParserSees) {
  const std::size_t count = 400'000;
  EXPECT_EQ(only_error_of("regions: " + std::string(count, '[') + std::string(count, ']')),
            "f:1:49: nested more than 40 levels deep");
}

TEST(BrokenText, ManyValues) {
  std::string text = kRegions + "steps:\n";
  for (int i = 0; i < 200'000; ++i) text += "- a\n";
  EXPECT_EQ(only_error_of(text), "f:199996:3: more than 200000 values");
}

TEST(BrokenText, ManyErrorsAreCut) {
  std::string text = kRegions + "steps:\n";
  for (int i = 0; i < 100; ++i) text += "- {at: 1}\n";
  const std::vector<Diagnostic> errors = errors_of(read_scenario_text(text, "f"));
  ASSERT_EQ(errors.size(), 20u);
  EXPECT_NE(errors.back().message.find("(and 180 more errors)"), std::string::npos)
      << errors.back().message;
}

TEST(BrokenText, ItemTooBig) {
  const std::string before = kRegions + "steps:\n- {at: 1s, in: a, put: {PK: a, t: ";
  // 409600 bytes: PK a t and the text.
  const auto whole = read_scenario_text(before + std::string(409'596, 'x') + "}}\n", "f");
  EXPECT_EQ(print(errors_of(whole)), "");
  EXPECT_EQ(only_error_of(before + std::string(409'597, 'x') + "}}\n"),
            "f:3:24: steps[0].put: Item size has exceeded the maximum allowed size");
}

TEST(BrokenText, NameTooLong) {
  EXPECT_EQ(only_error_of(kRegions + "name: " + std::string(1001, 'x') + '\n'),
            "f:2:7: name: expected a text of at most 1000 bytes; found 1001");
}

// Messages go to terminals.
TEST(BrokenText, NoControlCharacterReachesAMessage) {
  const auto result = read_scenario_text(
      kRegions +
          "\"\\e[31m\": 1\nsteps:\n- {at: 1s, in: a, put: {PK: a, \"x\\e\": {N: \"\\a\"}}}\n",
      "f");
  const std::string text = print(errors_of(result));
  EXPECT_EQ(errors_of(result).size(), 2u) << text;
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

// ---------------------------------------------------------------- files

class BrokenFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/gtsim-broken-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Without the folder, which differs from run to run.
  std::string error_of(const std::string& name) {
    std::string text = only_error(read_scenario_file(folder_ + '/' + name));
    if (text.starts_with(folder_)) text.erase(0, folder_.size() + 1);
    return text;
  }

  std::string folder_;
};

TEST_F(BrokenFile, Missing) {
  EXPECT_EQ(error_of("none.yaml"), "none.yaml: cannot open the file: No such file or directory");
}

TEST_F(BrokenFile, Folder) {
  std::filesystem::create_directory(folder_ + "/folder.yaml");
  EXPECT_EQ(error_of("folder.yaml"), "folder.yaml: this is a folder, not a file");
}

TEST_F(BrokenFile, Unreadable) {
  std::ofstream(folder_ + "/secret.yaml") << kRegions;
  ASSERT_EQ(chmod((folder_ + "/secret.yaml").c_str(), 0), 0);
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  EXPECT_EQ(error_of("secret.yaml"), "secret.yaml: cannot open the file: Permission denied");
}

// Stands for every file that even root cannot open.
TEST_F(BrokenFile, LinkToItself) {
  std::filesystem::create_symlink("loop.yaml", folder_ + "/loop.yaml");
  EXPECT_EQ(error_of("loop.yaml"),
            "loop.yaml: cannot open the file: Too many levels of symbolic links");
}

TEST_F(BrokenFile, TooLarge) {
  std::ofstream(folder_ + "/large.yaml") << std::string(kMaxScenarioBytes + 1, ' ');
  EXPECT_EQ(error_of("large.yaml"), "large.yaml: the file is larger than 4 MiB");
}

TEST_F(BrokenFile, PipeWithoutWriter) {
  ASSERT_EQ(mkfifo((folder_ + "/pipe.yaml").c_str(), 0600), 0);
  EXPECT_EQ(error_of("pipe.yaml"), "pipe.yaml: nobody writes to this pipe");
}

TEST_F(BrokenFile, Endless) {
  std::filesystem::create_symlink("/dev/zero", folder_ + "/zero.yaml");
  EXPECT_EQ(error_of("zero.yaml"), "zero.yaml: the file is larger than 4 MiB");
}

TEST_F(BrokenFile, TraceThatIsNoFile) {
  std::ofstream(folder_ + "/replay.yaml") << kRegions << "replay: [{trace: pipe}]\n";
  ASSERT_EQ(mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  EXPECT_NE(error_of("replay.yaml").find("it is not an ordinary file"), std::string::npos);
}

}  // namespace
}  // namespace gtsim
