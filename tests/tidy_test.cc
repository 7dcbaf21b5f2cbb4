// Bans that a compiler cannot express. First, what would let the machine into a result: the same
// scenario and seed must give the same bytes everywhere, so the folders that decide a result may
// name no clock, thread, hash order, locale, unspecified distribution or inexact function of the C
// library. Second, house rules about text. Each checker is itself tested on lines that it must
// catch.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/source_tree.h"

namespace gtsim::source_tree {
namespace {

constexpr std::size_t kColumnsMax = 100;
constexpr std::size_t kLinesMax = 600;

// Files that may be longer than kLinesMax, each with its reason. None so far.
constexpr std::array<std::string_view, 0> kLongFiles = {};

template <class Range>
bool contains(const Range& range, std::string_view what) {
  return std::find(std::begin(range), std::end(range), what) != std::end(range);
}

class Findings {
 public:
  explicit Findings(std::string path) : path_(std::move(path)) {}
  void add(std::size_t line, std::string_view what) {
    text_ += path_ + ":" + std::to_string(line) + ": " + std::string(what) + "\n";
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string path_;
  std::string text_;
};

// ---- what would let the machine into a result --------------------------------------------------

bool decides_results(const File& file) {
  if (!file.is_cpp()) return false;
  if (file.under("sim/")) return !file.under("sim/command/");
  if (file.under("coordinator/")) return !file.under("coordinator/live/");
  if (!file.under("region-node/")) return false;
  const bool in_folder =
      file.path.find('/', std::string_view("region-node/").size()) != std::string::npos;
  if (!in_folder) return true;
  constexpr std::array<std::string_view, 7> kFolders = {
      "region-node/base/",        "region-node/item/",  "region-node/table/", "region-node/stream/",
      "region-node/replication/", "region-node/write/", "region-node/link/"};
  return std::any_of(kFolders.begin(), kFolders.end(),
                     [&](std::string_view folder) { return file.under(folder); });
}

// Wrong wherever the name stands, however it is qualified.
constexpr std::string_view kBannedNames[] = {"system_clock",
                                             "steady_clock",
                                             "high_resolution_clock",
                                             "utc_clock",
                                             "file_clock",
                                             "gettimeofday",
                                             "clock_gettime",
                                             "timespec_get",
                                             "localtime",
                                             "localtime_r",
                                             "random_device",
                                             "mt19937",
                                             "mt19937_64",
                                             "minstd_rand",
                                             "minstd_rand0",
                                             "default_random_engine",
                                             "srand",
                                             "rand_r",
                                             "drand48",
                                             "getrandom",
                                             "sleep_for",
                                             "sleep_until",
                                             "usleep",
                                             "nanosleep",
                                             "this_thread",
                                             "pthread_create",
                                             "setlocale",
                                             "imbue"};

// Wrong as std::name; another thing may carry the name elsewhere.
constexpr std::string_view kBannedInStd[] = {
    "thread",      "jthread", "mutex",   "shared_mutex", "recursive_mutex",
    "timed_mutex", "async",   "future",  "promise",      "atomic_ref",
    "hash",        "locale",  "shuffle", "sample",       "rand",
    "time",        "clock",   "getenv",  "pow",          "exp",
    "exp2",        "expm1",   "log",     "log2",         "log10",
    "log1p",       "sin",     "cos",     "tan",          "asin",
    "acos",        "atan",    "atan2",   "sinh",         "cosh",
    "tanh",        "cbrt",    "hypot",   "tgamma",       "lgamma",
    "erf",         "erfc",    "strtod",  "strtof",       "stod",
    "stof",        "atof"};

// Wrong when called without a qualifier, which then means the C library's.
constexpr std::string_view kBannedCalls[] = {"rand", "time", "sleep", "getenv", "pow",
                                             "exp",  "log",  "log2",  "sin",    "cos"};

// A C library function called, not a member of that name called or declared.
bool is_free_call(const std::vector<Word>& words, std::size_t i) {
  if (i + 2 >= words.size() || words[i + 1].text != "(") return false;
  if (words[i].text != "rand" && words[i + 2].text == ")")
    return false;  // an accessor: takes nothing
  if (i == 0) return true;
  const std::string_view before = words[i - 1].text;
  if (before == "." || before == "->" || before == ">" || before == "&" || before == "*" ||
      before == "~") {
    return false;
  }
  if (before == "::") return i < 2 || !is_identifier(words[i - 2].text);
  return !is_identifier(before) || before == "return";
}

std::string nondeterminism(const File& file) {
  Findings findings(file.path);
  const std::string code = code_only(file.text);
  const std::vector<Word> all = words(code);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view name = all[i].text;
    if (!is_identifier(name)) continue;
    const bool in_std = i >= 2 && all[i - 1].text == "::" && all[i - 2].text == "std";
    const bool banned =
        contains(kBannedNames, name) || name.starts_with("unordered_") ||
        (in_std && (contains(kBannedInStd, name) || name.ends_with("_distribution") ||
                    name.starts_with("atomic") || name.starts_with("condition_variable"))) ||
        (contains(kBannedCalls, name) && is_free_call(all, i));
    if (banned) {
      findings.add(static_cast<std::size_t>(all[i].line),
                   std::string(name) + " differs between runs or machines");
    }
  }
  return findings.text();
}

TEST(Tidy, WhatDecidesAResultNamesNothingOfTheMachine) {
  std::string findings;
  std::size_t seen = 0;
  for (const File& file : files()) {
    if (!decides_results(file)) continue;
    ++seen;
    findings += nondeterminism(file);
  }
  EXPECT_TRUE(findings.empty()) << "\n" << findings;
  EXPECT_GT(seen, 20u) << "the checker no longer finds the sources";
}

TEST(TidyCanary, CatchesEveryWayToTheMachine) {
  for (std::string_view line : {
           "auto now = std::chrono::steady_clock::now();",
           "using Clock = std::chrono::system_clock;",
           "high_resolution_clock::now();",
           "gettimeofday(&value, nullptr);",
           "clock_gettime(CLOCK_REALTIME, &value);",
           "long t = time(nullptr);",
           "long t = ::time(0);",
           "return time(nullptr);",
           "long t = std::time(nullptr);",
           "int r = rand();",
           "int r = std::rand();",
           "std::random_device device;",
           "std::mt19937 generator;",
           "std::uniform_int_distribution<int> die(1, 6);",
           "std::normal_distribution<> noise;",
           "std::unordered_map<int, int> map;",
           "#include <unordered_set>",
           "std::thread worker;",
           "std::mutex lock;",
           "std::condition_variable wake;",
           "std::async(run);",
           "std::atomic<int> count;",
           "std::atomic_flag flag;",
           "std::this_thread::sleep_for(1s);",
           "sleep(1);",
           "usleep(1);",
           "double d = std::pow(2.0, 0.5);",
           "double d = pow(2.0, 0.5);",
           "double d = std::log(x);",
           "double d = 1 + exp(x);",
           "double d = std::sin(x) * std::cos(x);",
           "std::hash<std::string>{}(key);",
           "std::locale::global(std::locale(\"\"));",
           "std::shuffle(a, b, generator);",
           "double d = std::stod(text);",
       }) {
    EXPECT_NE(nondeterminism({"sim/a.cc", std::string(line)}), "") << line;
  }
}

TEST(TidyCanary, LetsHarmlessNamesPass) {
  for (std::string_view line : {
           "// std::unordered_map would iterate in hash order; rand() too",
           "/* steady_clock */ int x = 1'000'000;",
           "throw Error(\"time(0) is not std::time\");",
           "R\"(std::mutex \"quoted\" )\"",
           "WallTime time() const;",
           "Duration time(Region region);",
           "record.time(region);",
           "replica->log(entry);",
           "using Duration = std::chrono::microseconds;",
           "std::vector<Thread> thread;",
           "double d = std::sqrt(x) + std::floor(x) + natural_log(x);",
       }) {
    EXPECT_EQ(nondeterminism({"sim/a.cc", std::string(line)}), "") << line;
  }
}

TEST(TidyCanary, KnowsWhichFilesDecideAResult) {
  EXPECT_TRUE(decides_results({"sim/world/world.cc", ""}));
  EXPECT_TRUE(decides_results({"region-node/item/number.h", ""}));
  EXPECT_TRUE(decides_results({"region-node/replica.cc", ""}));
  EXPECT_TRUE(decides_results({"coordinator/workload/key_sampler.cc", ""}));
  EXPECT_FALSE(decides_results({"sim/command/main.cc", ""}));
  EXPECT_FALSE(decides_results({"region-node/node/timers.cc", ""}));
  EXPECT_FALSE(decides_results({"region-node/item/notes.md", ""}));
  EXPECT_FALSE(decides_results({"coordinator/live/process.cc", ""}));
}

// ---- house rules about text
// ----------------------------------------------------------------------

std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not inside a UTF-8 sequence
  }));
}

bool has_word(std::string_view line, std::string_view word) {
  const auto part_of_word = [&](std::size_t at) {
    return at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) != 0);
  };
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    if ((at == 0 || !part_of_word(at - 1)) && !part_of_word(at + word.size())) return true;
  }
  return false;
}

// Written in two halves, so that this file does not contain what it bans.
const std::string kMarkers[] = {
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X"};
const std::string kPrivateFolders[] = {
    "/ho"
    "me/",
    "/wo"
    "rk/",
    "/ro"
    "ot/",
    "/Us"
    "ers/",
    "../sha"
    "red"};

// A path into a folder of somebody's own machine: means nothing to anyone else.
bool has_private_path(std::string_view line, std::string_view folder) {
  const std::size_t at = line.find(folder);
  if (at == std::string_view::npos) return false;
  if (!folder.ends_with("/")) return true;
  const bool is_start = at == 0 || std::isalnum(static_cast<unsigned char>(line[at - 1])) == 0;
  const std::size_t after = at + folder.size();
  return is_start && after < line.size() &&
         std::isalnum(static_cast<unsigned char>(line[after])) != 0;
}

std::string text_faults(const File& file) {
  Findings findings(file.path);
  const std::vector<std::string_view> all = lines(file.text);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view line = all[i];
    for (const std::string& marker : kMarkers) {
      if (has_word(line, marker)) findings.add(i + 1, "do it now or drop it: " + marker);
    }
    for (const std::string& folder : kPrivateFolders) {
      if (has_private_path(line, folder)) findings.add(i + 1, "a private path: " + folder);
    }
    if (line.find('\t') != std::string_view::npos) findings.add(i + 1, "a tab");
    if (file.is_cpp() && columns(line) > kColumnsMax) {
      findings.add(i + 1, std::to_string(columns(line)) + " columns, the limit is 100");
    }
  }
  if (file.is_cpp() && all.size() > kLinesMax && !contains(kLongFiles, file.path)) {
    findings.add(all.size(), "a file near 600 lines has two reasons to change: split it");
  }
  return findings.text();
}

std::string header_faults(const File& file) {
  Findings findings(file.path);
  const std::string code = code_only(file.text);
  const std::vector<Word> all = words(code);
  bool has_once = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].text == "using" && i + 1 < all.size() && all[i + 1].text == "namespace") {
      findings.add(static_cast<std::size_t>(all[i].line), "using namespace in a header");
    }
    has_once |= all[i].text == "pragma" && i + 1 < all.size() && all[i + 1].text == "once";
  }
  if (!has_once) findings.add(1, "no #pragma once");
  return findings.text();
}

TEST(Tidy, EveryFileKeepsTheHouseRules) {
  std::string findings;
  std::size_t seen = 0;
  for (const File& file : files()) {
    ++seen;
    findings += text_faults(file);
    if (file.is_header()) findings += header_faults(file);
  }
  EXPECT_TRUE(findings.empty()) << "\n" << findings;
  EXPECT_GT(seen, 40u) << "the checker no longer finds the sources";
}

TEST(TidyCanary, CatchesBreachesOfTheHouseRules) {
  const std::string long_line(kColumnsMax + 1, 'x');
  const std::string long_file(kLinesMax + 1, '\n');
  for (const std::string& text :
       {"// " + kMarkers[0] + ": later", "// " + kMarkers[1], "int x;  // " + kMarkers[2] + "!",
        "see " + kPrivateFolders[0] + "somebody/notes", "in " + kPrivateFolders[1] + "a.md",
        "in " + kPrivateFolders[4] + "/a.md", std::string("\tint x;"), long_line, long_file}) {
    EXPECT_NE(text_faults({"sim/a.cc", text}), "") << text;
  }
  EXPECT_NE(header_faults({"a.h", "#pragma once\nusing namespace std;\n"}), "");
  EXPECT_NE(header_faults({"a.h", "// #pragma once\nint x;\n"}), "");
}

TEST(TidyCanary, LetsTextThatKeepsTheHouseRulesPass) {
  const std::string widest(kColumnsMax, 'x');
  const std::string longest(kLinesMax, '\n');
  std::string wide_letters;
  for (std::size_t i = 0; i < kColumnsMax; ++i) wide_letters += "\u00e9";
  for (const std::string& text : {widest, longest, wide_letters, std::string("HOME=\"$home\""),
                                  std::string("const char* " + kMarkers[0] + "S;")}) {
    EXPECT_EQ(text_faults({"sim/a.cc", text}), "") << text;
  }
  EXPECT_EQ(header_faults({"a.h", "#pragma once\nusing std::string;\n"}), "");
}

// ---- names of files
// -----------------------------------------------------------------------------

// Base names that several folders may have, each with its reason.
constexpr std::array<std::string_view, 1> kSharedFileNames = {
    "main",  // of each program
};

// A header and its source, side by side, share a name; nothing else does. So that a name in a
// message, in a profile or in an editor's list means one file.
std::string shared_names(const std::vector<File>& sources) {
  std::map<std::string, std::string> path_of;  // by base name: the first path, without its ending
  std::string findings;
  for (const File& file : sources) {
    if (!file.is_cpp()) continue;
    const std::string path = file.path.substr(0, file.path.rfind('.'));
    const std::string name = path.substr(path.rfind('/') + 1);
    if (contains(kSharedFileNames, name)) continue;
    const auto [first, is_new] = path_of.emplace(name, path);
    if (!is_new && first->second != path) {
      findings += file.path + ": " + first->second + " has the same name\n";
    }
  }
  return findings;
}

TEST(Tidy, NoTwoFilesHaveTheSameName) {
  const std::vector<File> all = files();
  const std::string findings = shared_names(all);
  EXPECT_TRUE(findings.empty()) << "\n" << findings;
}

TEST(TidyCanary, CatchesTwoFilesOfTheSameName) {
  EXPECT_NE(shared_names({{"region-node/item/text.h", ""}, {"coordinator/run/text.h", ""}}), "");
  EXPECT_NE(shared_names({{"region-node/item/text.h", ""}, {"sim/world/text.cc", ""}}), "");
  EXPECT_EQ(shared_names({{"sim/world/text.cc", ""},
                          {"sim/world/text.h", ""},
                          {"sim/world/text_forms.h", ""},
                          {"sim/text.md", ""},
                          {"sim/command/main.cc", ""},
                          {"region-node/node/main.cc", ""}}),
            "");
}

}  // namespace
}  // namespace gtsim::source_tree
