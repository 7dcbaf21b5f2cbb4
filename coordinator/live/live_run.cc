#include "coordinator/live/live_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "coordinator/live/cluster_file.h"
#include "coordinator/live/control_client.h"
#include "coordinator/live/live_cluster.h"
#include "coordinator/live/live_scenario.h"
#include "coordinator/live/local_nodes.h"
#include "coordinator/live/node_config_text.h"
#include "coordinator/live/remote_nodes.h"
#include "coordinator/scenario/clock_bounds.h"

namespace gtsim {
namespace {

using std::chrono::milliseconds;

constexpr Duration kWorthTelling{50'000};

// From when the nodes are there to instant 0: sessions are opened and links set up.
milliseconds attach_allowance(std::size_t regions) {
  return milliseconds{100 + 100 * static_cast<std::int64_t>(regions)};
}

Error cannot_write(const std::string& path, const std::string& why) {
  return Error{Errc::kIo, fmt::format("{}: {}", path, why)};
}

// What is there while a scenario is played live.
struct LiveRun {
  Scenario scenario;  // as it is played; what is true of a real disk and a real clock differs
  LiveRunOptions options;
  std::string temporary;  // folder; empty: none was made
  std::unique_ptr<LocalNodes> local;
  std::unique_ptr<RemoteNodes> remote;
  std::unique_ptr<LiveCluster> cluster;

  LiveRun() = default;
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;
  ~LiveRun() {
    cluster.reset();
    if (local) local->remove_data();  // nobody has said that it shall stay
    std::error_code code;
    if (!temporary.empty()) std::filesystem::remove_all(temporary, code);
  }

  [[nodiscard]] LiveOptions cluster_options() const {
    LiveOptions live;
    live.seed = options.seed;
    live.keep_records = streams_read_back(scenario);
    live.interrupted = options.interrupted;
    return live;
  }

  Result<void> make_folder() {
    std::error_code code;
    if (!options.folder.empty()) {
      std::filesystem::remove_all(options.folder, code);
      std::filesystem::create_directories(options.folder, code);
      if (code) return cannot_write(options.folder, code.message());
      return {};
    }
    std::string name = (std::filesystem::temp_directory_path(code) / "gtsim-live-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return cannot_write(name, "cannot be made");
    temporary = name;
    options.folder = name;
    return {};
  }

  // How long processes take to start is not known before. So their instants begin now, at 0, and
  // those of the run when they are ready; their clocks, which have been set as if both began at
  // once, are put back by the difference.
  Result<void> start_own() {
    auto program = find_region_node();
    if (!program) return program.error();
    if (auto made = make_folder(); !made) return made.error();
    const RunClock nodes_clock{options.speed, milliseconds{0}};
    std::vector<NodeConfig> configs;
    for (std::size_t i = 0; i < scenario.regions.size(); ++i) {
      NodeConfig config =
          node_config_of(scenario, RegionId{static_cast<std::uint16_t>(i)}, options.seed);
      config.time.real_origin_us = nodes_clock.since_1970_us(Instant{});
      config.time.rate = options.speed;
      config.time.clock_origin = scenario.start + scenario.regions[i].clock.offset;
      config.time.drift_ppm = scenario.regions[i].clock.drift_ppm;
      configs.push_back(std::move(config));
    }
    auto started = LocalNodes::start(*program, options.folder, std::move(configs));
    if (!started) return started.error();
    local = std::move(*started);
    const RunClock clock{options.speed, attach_allowance(scenario.regions.size())};
    const Duration ahead = nodes_clock.now() - clock.now();
    if (auto put_back = put_clocks_back(ahead); !put_back) return put_back.error();
    LiveOptions live = cluster_options();
    live.instants_ahead = ahead;
    return connect(*local, clock, std::move(live));
  }

  Result<void> put_clocks_back(Duration by) {
    wire::Order order;
    order.mutable_step_clock()->set_step_us(-by.count());
    for (std::size_t i = 0; i < scenario.regions.size(); ++i) {
      auto client = ControlClient::make(
          local->control_address(RegionId{static_cast<std::uint16_t>(i)}), std::nullopt);
      if (!client) return client.error();
      if (auto done = (*client)->execute(order); !done) {
        return Error{Errc::kInput, fmt::format("region node {}: {}", scenario.regions[i].name,
                                               done.error().detail)};
      }
    }
    return {};
  }

  Result<void> take_running() {
    auto file = read_cluster_file(options.nodes_file);
    if (!file) return file.error();
    auto nodes = RemoteNodes::of(*file, scenario);
    if (!nodes) return nodes.error();
    remote = std::move(*nodes);
    // Their clocks are real.
    const RunClock clock{options.speed, milliseconds{0}};
    scenario.start = WallTime{clock.since_1970_us(Instant{})};
    if (const auto fault = clock_out_of_bounds(scenario)) {
      return Error{Errc::kInput, fmt::format("{}:{}:{}: {}", scenario.path, fault->position.line,
                                             fault->position.column, fault->message)};
    }
    LiveOptions live = cluster_options();
    live.tls = file->tls;
    return connect(*remote, clock, std::move(live));
  }

  Result<void> connect(NodeHost& host, RunClock clock, LiveOptions live) {
    auto connected = LiveCluster::connect(scenario, host, clock, std::move(live));
    if (!connected) return connected.error();
    cluster = std::move(*connected);
    return {};
  }

  // "live, 3 processes of region-node at 20 times real time"
  [[nodiscard]] std::string description() const {
    const std::size_t count = scenario.regions.size();
    if (remote) return fmt::format("live on {} nodes of a cluster file", count);
    const double speed = options.speed;
    std::string text =
        fmt::format("live, {} {} of region-node{}", count, count == 1 ? "process" : "processes",
                    speed == 1 ? "" : fmt::format(" at {} times real time", speed));
    // In the scenario's time: what an expectation with a time has to allow for.
    const Duration late{static_cast<std::int64_t>(
                            static_cast<double>(cluster->most_late().count()) * speed / 1000) *
                        1000};
    if (late >= kWorthTelling) {
      text += fmt::format(", steps and writes up to {} late", to_text(late));
    }
    return text;
  }

  // Ends the nodes that this run has started.
  void end(bool keep_data) {
    if (!local) return;
    if (keep_data) {
      local.reset();
    } else {
      local->remove_data();
    }
  }
};

// A run that has come to its end is true only if the nodes hold what they told.
void read_back(LiveCluster& cluster, Verdict& verdict) {
  const bool settled =
      verdict.kind == VerdictKind::kHolds || verdict.kind == VerdictKind::kExpectationFailed;
  if (!settled || !verdict.reason.empty()) return;
  verdict.violation = cluster.compare_with_nodes();
  if (verdict.violation) verdict.kind = VerdictKind::kCheckFailed;
}

}  // namespace

Result<RunResult> play_live(const Scenario& scenario, LiveRunOptions options,
                            const PlayOptions& play_options) {
  const bool own = options.nodes_file.empty();
  if (!own && options.speed != 1) {
    return Error{Errc::kInput,
                 "--speed: nodes of a cluster file keep real time; only processes that the run "
                 "starts itself can let it pass quicker"};
  }
  if (std::string refusal = live_refusal(scenario, own); !refusal.empty()) {
    return Error{Errc::kInput, std::move(refusal)};
  }
  LiveRun live;
  live.scenario = live_scenario(scenario, options.speed);
  live.options = std::move(options);
  if (auto started = own ? live.start_own() : live.take_running(); !started) return started.error();
  RunResult result = play_on(*live.cluster, live.scenario, live.options.seed, play_options);
  read_back(*live.cluster, result.verdict);
  live.end(/*keep_data=*/result.verdict.kind == VerdictKind::kCheckFailed);
  result.live = live.description();
  return result;
}

}  // namespace gtsim
