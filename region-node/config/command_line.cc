#include "region-node/config/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <ostream>

#include "region-node/config/config_file.h"
#include "region-node/config/node_settings.h"

namespace gtsim {
namespace {

struct Flags {
  std::string config;
  std::optional<std::string> cluster, region, data, sync;
  std::optional<std::string> replication_listen, http_listen, control_listen;
  std::optional<std::string> tls_certificate, tls_key, tls_authority;
  std::vector<std::string> peers, tables;
  bool journal = false;
  bool check = false;
  bool leash = false;
};

void add_flags(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config, "Configuration file (YAML); flags override it")
      ->type_name("FILE");
  app.add_option("--cluster", flags.cluster, "Name of the cluster; peers of another are refused")
      ->type_name("NAME");
  app.add_option("--region", flags.region, "This node's region, e.g. us-east-1")->type_name("NAME");
  app.add_option("--data", flags.data, "Directory of the data; without it nothing survives a stop")
      ->type_name("DIR");
  app.add_option("--sync", flags.sync, "When a write is acknowledged: always (on disk), batch, off")
      ->type_name("MODE");
  app.add_option("--replication-listen", flags.replication_listen,
                 "Where peers reach this node (default 127.0.0.1:0, a free port)")
      ->type_name("HOST:PORT");
  app.add_option("--http-listen", flags.http_listen, "Where /metrics, /ready and /live are served")
      ->type_name("HOST:PORT");
  app.add_option("--control-listen", flags.control_listen,
                 "Where the coordinator reaches this node")
      ->type_name("HOST:PORT");
  app.add_option("--peer", flags.peers, "Another region and where it listens; repeatable")
      ->type_name("REGION=HOST:PORT")
      ->allow_extra_args(false);
  app.add_option("--table", flags.tables, "A table and its key, e.g. orders:PK=S,SK=N; repeatable")
      ->type_name("NAME:PK=S[,SK=S]")
      ->allow_extra_args(false);
  app.add_option("--tls-certificate", flags.tls_certificate, "This node's certificate (PEM)")
      ->type_name("FILE");
  app.add_option("--tls-key", flags.tls_key, "Its private key (PEM)")->type_name("FILE");
  app.add_option("--tls-authority", flags.tls_authority,
                 "Certificate of who signs this cluster's certificates (PEM)")
      ->type_name("FILE");
  app.add_flag("--journal", flags.journal, "Keep what happens for the session of a run");
  app.add_flag("--leash", flags.leash,
               "End when standard input closes; a byte on it lets the node go on alone");
  app.add_flag("--check", flags.check, "Check the configuration and exit");
}

// Puts what the flags say over what the file said.
class Overrides {
 public:
  explicit Overrides(NodeSettings& settings) : settings_(settings), config_(settings.config) {}

  Result<void> apply(const Flags& flags) {
    name(flags.cluster, "--cluster", config_.cluster);
    if (name(flags.region, "--region", settings_.region.text)) {
      settings_.region.where = "--region";
    }
    if (flags.data) config_.data = *flags.data;
    sync(flags.sync);
    listen(flags.replication_listen, "--replication-listen", config_.replication_listen);
    listen(flags.http_listen, "--http-listen", config_.http_listen);
    listen(flags.control_listen, "--control-listen", config_.control_listen);
    if (flags.journal) config_.journal = true;
    tls(flags);
    for (const std::string& text : flags.peers) peer(text);
    for (const std::string& text : flags.tables) table(text);
    if (errors_.empty()) return {};
    return Error{Errc::kInput, fmt::format("{}", fmt::join(errors_, "\n"))};
  }

 private:
  void error(std::string_view flag, std::string_view found, std::string_view expected) {
    errors_.push_back(
        fmt::format("{}: found {}, expected {}", flag, in_backticks(found), expected));
  }

  bool name(const std::optional<std::string>& text, const char* flag, std::string& out) {
    if (!text) return false;
    if (!is_name(*text)) {
      error(flag, *text, "a name of letters, digits, `-`, `_` and `.`");
      return false;
    }
    out = *text;
    return true;
  }

  void listen(const std::optional<std::string>& text, const char* flag, std::string& out) {
    if (!text) return;
    if (!address_fault(*text, /*may_be_zero=*/true).empty()) {
      return error(flag, *text, "host:port, for example 127.0.0.1:4001");
    }
    out = *text;
  }

  void sync(const std::optional<std::string>& text) {
    if (!text) return;
    for (const SyncMode mode : {SyncMode::kAlways, SyncMode::kBatch, SyncMode::kOff}) {
      if (*text != to_text(mode)) continue;
      config_.sync = mode;
      return;
    }
    error("--sync", *text, "one of always, batch, off");
  }

  void tls(const Flags& flags) {
    if (!flags.tls_certificate && !flags.tls_key && !flags.tls_authority) return;
    if (!config_.tls) config_.tls.emplace();
    if (flags.tls_certificate) config_.tls->certificate = *flags.tls_certificate;
    if (flags.tls_key) config_.tls->key = *flags.tls_key;
    if (flags.tls_authority) config_.tls->authority = *flags.tls_authority;
  }

  void peer(const std::string& text) {
    constexpr std::string_view kForm = "REGION=HOST:PORT";
    const std::size_t mark = text.find('=');
    if (mark == std::string::npos) return error("--peer", text, kForm);
    const std::string region = text.substr(0, mark);
    const std::string address = text.substr(mark + 1);
    if (!is_name(region) || !address_fault(address, /*may_be_zero=*/false).empty()) {
      return error("--peer", text, kForm);
    }
    settings_.peers[region] = {address, "--peer"};
  }

  // A table of this name in the file is replaced.
  void table(const std::string& text) {
    constexpr std::string_view kForm = "NAME:PK=S or NAME:PK=S,SK=N with types S, N and B";
    const std::size_t colon = text.find(':');
    TableSettings settings;
    settings.where = "--table";
    settings.table.name = text.substr(0, colon);
    if (colon == std::string::npos || !is_name(settings.table.name)) {
      return error("--table", text, kForm);
    }
    std::vector<KeyAttribute> attributes;
    for (const std::string& part : CLI::detail::split(text.substr(colon + 1), ',')) {
      const std::size_t mark = part.rfind('=');
      if (mark == std::string::npos || mark == 0 || mark > kMaxNameBytes) {
        return error("--table", text, kForm);
      }
      const std::string type = part.substr(mark + 1);
      if (type != "S" && type != "N" && type != "B") return error("--table", text, kForm);
      attributes.push_back({part.substr(0, mark), type == "S"   ? AttributeType::kS
                                                  : type == "N" ? AttributeType::kN
                                                                : AttributeType::kB});
    }
    const bool twice = attributes.size() == 2 && attributes[0].name == attributes[1].name;
    if (attributes.empty() || attributes.size() > 2 || twice) {
      return error("--table", text, kForm);
    }
    settings.table.key.hash = attributes[0];
    if (attributes.size() == 2) settings.table.key.range = attributes[1];
    const auto same = std::find_if(
        settings_.tables.begin(), settings_.tables.end(),
        [&](const TableSettings& other) { return other.table.name == settings.table.name; });
    if (same == settings_.tables.end()) {
      settings_.tables.push_back(std::move(settings));
    } else {
      *same = std::move(settings);
    }
  }

  NodeSettings& settings_;
  NodeConfig& config_;
  std::vector<std::string> errors_;
};

}  // namespace

std::variant<CommandLine, int> read_command_line(std::vector<std::string> arguments,
                                                 const std::string& version, std::ostream& out,
                                                 std::ostream& err) {
  CLI::App app{"One region of a gtsim cluster.", "region-node"};
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  app.set_version_flag("--version", version);
  Flags flags;
  add_flags(app, flags);
  for (const char* repeatable : {"--peer", "--table"}) {
    app.get_option(repeatable)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong, out, err) == 0 ? kExitOk : kExitUnusable;
  }
  const auto refuse = [&](const Error& error) {
    err << error.detail << '\n';
    return kExitUnusable;
  };
  NodeSettings settings;
  if (!flags.config.empty()) {
    if (auto read = read_config_file(flags.config, settings); !read) return refuse(read.error());
  }
  if (auto applied = Overrides(settings).apply(flags); !applied) return refuse(applied.error());
  auto config = resolve(settings);
  if (!config) return refuse(config.error());
  return CommandLine{std::move(*config), flags.check, flags.leash};
}

}  // namespace gtsim
