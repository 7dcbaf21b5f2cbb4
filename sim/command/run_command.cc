#include "sim/command/run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "coordinator/language/printer.h"
#include "coordinator/pattern/lint.h"
#include "coordinator/report/report.h"
#include "region-node/file/output_file.h"
#include "sim/command/input.h"
#include "sim/command/progress_bar.h"
#include "sim/command/record_profile.h"
#include "sim/command/single_run.h"
#include "sim/command/worker_pool.h"

namespace gtsim {
namespace {

constexpr std::uint64_t kMostSeeds = 1'000'000;
constexpr std::size_t kMostFailuresListed = 20;

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int signal) {
  // A second Ctrl-C does not wait. SIGTERM may follow the first one: the parent passes it on to its
  // runs.
  if (interrupted != 0 && signal == SIGINT) ::_exit(130);
  interrupted = 1;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A file that may not grow further is an error to be told, not a death.
  std::signal(SIGXFSZ, SIG_IGN);
}

struct Job {
  const LoadedScenario* loaded;
  std::uint64_t seed;
};

std::vector<Job> make_jobs(const std::vector<LoadedScenario>& scenarios,
                           const std::optional<SeedRange>& seeds) {
  std::vector<Job> jobs;
  for (const LoadedScenario& loaded : scenarios) {
    const std::uint64_t own = loaded.scenario.seed.value_or(1);
    const SeedRange range = seeds.value_or(SeedRange{own, own});
    for (std::uint64_t seed = range.first;; ++seed) {
      jobs.push_back({&loaded, seed});
      if (seed == range.last) break;
    }
  }
  return jobs;
}

// The worst verdict decides: a wrong cluster before an interrupted or undecided run before a failed
// expectation.
int worse(int a, int b) {
  constexpr int kOrder[] = {0, 1, 3, 130, 2, 4};
  const auto rank = [&](int code) { return std::find(std::begin(kOrder), std::end(kOrder), code); };
  return rank(a) < rank(b) ? b : a;
}

class Tally {
 public:
  Tally(const RunCommand& command, std::size_t jobs) : command_(command), jobs_(jobs) {}

  void add(const Job& job, SingleRunResult result) {
    ++finished_;
    exit_code_ = worse(exit_code_, result.exit_code);
    suites_ += result.junit;
    const bool holds = result.exit_code == 0;
    if (!holds) failures_.push_back(fmt::format("{}\n      {}", result.reproduce, result.headline));
    if (command_.json) {
      fmt::print("{}", result.json);
    } else if (jobs_ == 1) {
      if (!command_.quiet || !holds) fmt::print("{}", result.human);
    } else if (!command_.quiet || !holds) {
      fmt::print("{:<20} {} seed {}  {:.2f}s{}{}\n", to_text(result.kind),
                 job.loaded->scenario.path, job.seed, result.wall_seconds, holds ? "" : "  ",
                 holds ? "" : result.headline);
    }
    std::fflush(stdout);
  }

  int finish() {
    if (!command_.junit.empty()) {
      OutputFile file;
      file.open(command_.junit);
      file.write(junit_document(suites_));
      if (!file.close()) {
        fmt::print(stderr, "gtsim: cannot write {}\n", file.error());
        exit_code_ = worse(exit_code_, 2);
      }
    }
    if (interrupted != 0) exit_code_ = worse(exit_code_, 130);
    if (jobs_ > 1 && !command_.json) {
      fmt::print("\n{} of {} runs hold", finished_ - failures_.size(), jobs_);
      if (finished_ < jobs_) fmt::print(", {} not started", jobs_ - finished_);
      fmt::print("\n");
      for (std::size_t i = 0; i < failures_.size() && i < kMostFailuresListed; ++i) {
        fmt::print("  {}\n", failures_[i]);
      }
      if (failures_.size() > kMostFailuresListed) {
        fmt::print("  ... and {} more\n", failures_.size() - kMostFailuresListed);
      }
    }
    return exit_code_;
  }

 private:
  const RunCommand& command_;
  std::size_t jobs_;
  std::size_t finished_ = 0;
  int exit_code_ = 0;
  std::vector<std::string> failures_;
  std::string suites_;
};

}  // namespace

bool parse_seed_range(const std::string& text, SeedRange& out) {
  const auto parse = [](std::string_view part, std::uint64_t& value) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    return error == std::errc{} && end == part.data() + part.size();
  };
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) {
    if (!parse(text, out.first)) return false;
    out.last = out.first;
    return true;
  }
  return parse(std::string_view{text}.substr(0, dots), out.first) &&
         parse(std::string_view{text}.substr(dots + 2), out.last) && out.first <= out.last &&
         out.last - out.first < kMostSeeds;
}

int execute(const RunCommand& command) {
  auto scenarios = load_scenarios(command.paths);
  if (!scenarios) return 2;
  if (command.profile) {
    for (LoadedScenario& loaded : *scenarios) set_profile(loaded.scenario, *command.profile);
  }
  const std::vector<Job> jobs = make_jobs(*scenarios, command.seeds);
  catch_interrupts();

  const auto options_of = [&command](const Job& job) {
    SingleRunOptions options;
    options.program = command.program;
    options.seed = job.seed;
    options.live = command.live;
    options.out = command.out;
    options.history = command.history;
    options.profile = command.profile;
    options.storage = command.storage;
    options.update_golden = command.update_golden;
    options.interrupted = &interrupted;
    return options;
  };
  Tally tally{command, jobs.size()};
  const bool alone = jobs.size() == 1;
  const bool color = alone && !command.json && ::isatty(STDOUT_FILENO) != 0;
  const bool shows_progress = alone && !command.quiet && ::isatty(STDERR_FILENO) != 0;
  // Live runs take turns: they would slow each other down, and their time is real.
  const auto cores =
      command.live ? 1 : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const ChildRuns runs{
      .count = jobs.size(),
      .at_once = command.jobs > 0 ? command.jobs : cores,
      .interrupted = &interrupted,
      .work =
          [&](std::size_t i) {
            SingleRunOptions options = options_of(jobs[i]);
            options.color = color;
            ProgressBar bar{shows_progress};
            options.progress = [&bar](double share) { bar.show(share); };
            SingleRunResult result =
                run_scenario(jobs[i].loaded->scenario, jobs[i].loaded->replay, options);
            bar.clear();
            return result;
          },
      .lost =
          [&](std::size_t i, VerdictKind kind, std::string reason) {
            SingleRunOptions options = options_of(jobs[i]);
            options.color = color;
            return lost_run(jobs[i].loaded->scenario, options, kind, std::move(reason));
          },
      .done = [&](std::size_t i,
                  SingleRunResult result) { tally.add(jobs[i], std::move(result)); }};
  run_in_children(runs);
  return tally.finish();
}

// What is odd about the filters of a scenario's consumers. The service takes them all the same.
static void print_filter_findings(const Scenario& scenario) {
  std::string told;  // members of a group have one filter
  for (const ConsumerSpec& consumer : scenario.consumers) {
    if (consumer.group == told) continue;
    told = consumer.group;
    const RecordProfile profile = scenario.tables[consumer.table.index()].record_profile;
    for (const std::string& text : consumer.patterns) {
      const auto pattern = EventPattern::parse(text);
      if (!pattern) continue;
      for (const LintFinding& finding : lint(*pattern, profile)) {
        if (finding.severity == LintSeverity::kInfo) continue;
        fmt::print("  {}:{}: filter of {}: {}{}{}: {}{}\n", scenario.path,
                   consumer.position_in_file.line, consumer.group, to_text(finding.severity),
                   finding.note.path.empty() ? "" : " at ", finding.note.path, finding.note.message,
                   finding.mend.empty() ? "" : "; " + finding.mend);
      }
    }
  }
}

int check_scenarios(const std::vector<std::string>& paths) {
  const auto scenarios = load_scenarios(paths);
  if (!scenarios) return 2;
  for (const LoadedScenario& loaded : *scenarios) {
    fmt::print("{}: good ({})\n", loaded.scenario.path, loaded.scenario.name);
    print_filter_findings(loaded.scenario);
  }
  return 0;
}

int print_scenario_file(const std::string& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) {
    fmt::print(stderr, "{}: this is a folder; expected one scenario file\n", path);
    return 2;
  }
  const auto scenarios = load_scenarios({path});
  if (!scenarios) return 2;
  const std::string text = print_scenario(scenarios->front().scenario);
  // Most likely it goes into a file, whose half would be a scenario too.
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (whole && std::fflush(stdout) == 0) return 0;
  fmt::print(stderr, "gtsim: standard output: {}\n", std::strerror(errno));
  return 2;
}

}  // namespace gtsim
