#include <fmt/format.h>

#include "coordinator/report/report.h"

namespace gtsim {
namespace {

// XML 1.0 has no way to carry most control characters: they become spaces.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

}  // namespace

std::string junit_suite(const RunReport& report) {
  const Verdict& verdict = report.result.verdict;
  const std::string suite = fmt::format("{} seed {}", report.scenario.slug, verdict.seed);
  std::string cases;
  int tests = 1, failures = 0, skipped = 0, errors = 0;
  for (const ExpectationResult& result : verdict.expectations) {
    ++tests;
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
                         escaped(suite), escaped(result.text), escaped(report.scenario.path),
                         result.position.line);
    if (!result.evaluated) {
      ++skipped;
      cases += fmt::format("><skipped message=\"{}\"/></testcase>\n", escaped(result.found));
    } else if (!result.holds) {
      ++failures;
      cases += fmt::format("><failure message=\"{}\"/></testcase>\n", escaped(result.found));
    } else {
      cases += "/>\n";
    }
  }
  cases += fmt::format("    <testcase classname=\"{}\" name=\"always-on checks\"", escaped(suite));
  if (verdict.violation) {
    ++failures;
    std::string story;
    for (const std::string& line : verdict.story) story += line + "\n";
    cases += fmt::format("><failure message=\"{}: {}\">{}\n{}</failure></testcase>\n",
                         escaped(verdict.violation->check), escaped(verdict.violation->message),
                         escaped(report.reproduce), escaped(story));
  } else if (verdict.kind == VerdictKind::kDied) {
    ++errors;
    cases += fmt::format("><error message=\"{}: {}\">{}</error></testcase>\n",
                         to_text(verdict.kind), escaped(verdict.reason), escaped(report.reproduce));
  } else if (verdict.kind == VerdictKind::kUndecided || verdict.kind == VerdictKind::kInterrupted) {
    ++errors;
    cases += fmt::format("><error message=\"{} {}\"/></testcase>\n", to_text(verdict.kind),
                         escaped(verdict.reason));
  } else {
    cases += "/>\n";
  }
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
      "time=\"{:.3f}\">\n{}  </testsuite>\n",
      escaped(suite), tests, failures, errors, skipped, report.wall_seconds, cases);
}

std::string junit_document(const std::string& suites) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n" + suites + "</testsuites>\n";
}

}  // namespace gtsim
