#include "sim/command/cluster_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <set>

#include "sim/command/cluster_access.h"

namespace gtsim {

Result<std::pair<std::string, KeySchema>> parse_table(const std::string& text) {
  const Error wrong{Errc::kInput,
                    fmt::format("--table {}: expected a name and its key, for example items:PK=S "
                                "or orders:PK=S,SK=N",
                                text)};
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  KeySchema key{{"PK", AttributeType::kS}, std::nullopt};
  if (name.empty()) return wrong;
  if (colon != std::string::npos) {
    std::vector<KeyAttribute> attributes;
    std::size_t begin = colon + 1;
    while (begin <= text.size()) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      const std::string part = text.substr(begin, end - begin);
      const std::size_t equals = part.find('=');
      if (equals == std::string::npos || equals == 0) return wrong;
      const auto type = key_attribute_type(part.substr(equals + 1));
      if (!type) return wrong;
      attributes.push_back({part.substr(0, equals), *type});
      begin = end + 1;
    }
    if (attributes.empty() || attributes.size() > 2) return wrong;
    key.hash = attributes[0];
    if (attributes.size() > 1) key.range = attributes[1];
  }
  return std::pair{name, key};
}

namespace {

int bring_up(const ClusterCommand& command) {
  Playground::Plan plan;
  plan.regions = command.regions;
  const std::set<std::string> distinct{plan.regions.begin(), plan.regions.end()};
  if (distinct.size() != plan.regions.size()) {
    return complain({Errc::kInput, "--regions: a region is named twice"});
  }
  if (plan.regions.size() > kMaxRegions) {
    return complain({Errc::kInput, fmt::format("--regions: at most {}", kMaxRegions)});
  }
  for (const std::string& text : command.tables) {
    auto table = parse_table(text);
    if (!table) return complain(table.error());
    plan.tables.push_back(std::move(*table));
  }
  plan.sync = command.sync == "off"     ? SyncMode::kOff
              : command.sync == "batch" ? SyncMode::kBatch
                                        : SyncMode::kAlways;
  auto up = Playground::up(command.place.folder, plan);
  if (!up) return complain(up.error());
  fmt::print("{} {} up in {}\n\n", plan.regions.size(),
             plan.regions.size() == 1 ? "region is" : "regions are", command.place.folder);
  std::size_t width = 6;
  for (const auto& [region, node] : up->nodes()) width = std::max(width, region.size());
  fmt::print("  {:<{}}  {:>8}  {:<21}  {}\n", "region", width, "process", "control", "http");
  for (const auto& [region, node] : up->nodes()) {
    fmt::print("  {:<{}}  {:>8}  {:<21}  {}\n", region, width, node.pid, node.addresses.control,
               node.addresses.http);
  }
  for (const auto& [name, key] : plan.tables) {
    fmt::print(
        "\n  table {}, key {} ({}){}", name, key.hash.name, type_name(key.hash.type),
        key.range ? fmt::format(" and {} ({})", key.range->name, type_name(key.range->type)) : "");
  }
  fmt::print("\n\nTry: gtsim put {} '{{\"{}\": \"a\", \"n\": 1}}'   gtsim status   gtsim down\n",
             up->nodes().begin()->first, plan.tables.front().second.hash.name);
  return 0;
}

int bring_down(const ClusterCommand& command) {
  auto playground = Playground::open(command.place.folder);
  if (!playground) return complain(playground.error());
  const std::size_t count = playground->nodes().size();
  const std::vector<std::string> amiss = playground->down(command.keep);
  for (const std::string& line : amiss) fmt::print(stderr, "gtsim: {}\n", line);
  fmt::print("{} {} down{}\n", count, count == 1 ? "region is" : "regions are",
             command.keep ? fmt::format("; their data is in {}", command.place.folder) : "");
  return amiss.empty() ? 0 : 1;
}

}  // namespace

int complain(const Error& error) {
  fmt::print(stderr, "gtsim: {}\n", error.detail);
  return 2;
}

Result<ClusterAccess> ClusterAccess::open(const ClusterPlace& place) {
  ClusterAccess access;
  if (!place.nodes_file.empty()) {
    auto file = read_cluster_file(place.nodes_file);
    if (!file) return file.error();
    access.file = std::move(*file);
    return access;
  }
  auto playground = Playground::open(place.folder);
  if (!playground) return playground.error();
  access.file = playground->as_file();
  access.playground = std::move(*playground);
  return access;
}

Result<void> ClusterAccess::check_region(const std::string& region) const {
  if (file.nodes.contains(region)) return {};
  std::string known;
  for (const auto& [name, node] : file.nodes) known += (known.empty() ? "" : ", ") + name;
  return Error{Errc::kInput, fmt::format("no region `{}` here; there are {}", region, known)};
}

Result<std::unique_ptr<ControlClient>> ClusterAccess::client(const std::string& region) const {
  if (auto known = check_region(region); !known) return known.error();
  return ControlClient::make(file.nodes.at(region).control, file.tls);
}

Result<void> ClusterAccess::order(const std::string& region, const wire::Order& order) const {
  auto to = client(region);
  if (!to) return to.error();
  auto done = (*to)->execute(order);
  if (done) return {};
  return Error{done.error().code, fmt::format("{}: {}", region, done.error().detail)};
}

bool ClusterCommand::chosen() const {
  for (const CLI::App* app : {up, down, status, put, get, remove, fault, replica, tables_of}) {
    if (app->parsed()) return true;
  }
  return false;
}

void add_cluster_commands(CLI::App& app, ClusterCommand& command) {
  const auto at = [&](CLI::App* sub, bool nodes) {
    sub->add_option("--dir", command.place.folder, "Folder of the cluster")->capture_default_str();
    if (nodes) {
      sub->add_option("--nodes", command.place.nodes_file,
                      "Speak to the nodes of this cluster file instead");
    }
    return sub;
  };
  command.up = at(app.add_subcommand("up", "Start a cluster of region nodes to play with"), false);
  command.up->add_option("--regions", command.regions, "Its regions, with commas between them")
      ->delimiter(',')
      ->capture_default_str();
  command.up
      ->add_option("--table", command.tables,
                   "A table and its key, e.g. orders:PK=S,SK=N; repeatable")
      ->capture_default_str();
  command.up
      ->add_option("--sync", command.sync,
                   "When a write is acknowledged: always (on disk), "
                   "batch, off")
      ->check(CLI::IsMember({"always", "batch", "off"}))
      ->capture_default_str();

  command.status = at(app.add_subcommand("status",
                                         "Show the regions of a cluster, their links and "
                                         "what waits to be replicated"),
                      true);
  command.status->add_flag("--digests", command.digests,
                           "Read every item and compare the regions; exit code 1 when they differ");

  const auto item = [&](const char* name, const char* help, const char* what) {
    CLI::App* sub = at(app.add_subcommand(name, help), true);
    sub->add_option("region", command.region, "In which region")->required();
    sub->add_option("item", command.item, what)->required();
    sub->add_option("--table", command.table, "The table; needed when there are several");
    return sub;
  };
  command.put = item("put", "Write an item in one region of a cluster",
                     "The item as JSON, plain or as DynamoDB writes it");
  command.get = item("get", "Read an item in one region of a cluster", "Its key as JSON");
  command.remove = item("delete", "Delete an item in one region of a cluster", "Its key as JSON");

  command.fault = app.add_subcommand("fault", "Make a fault in a cluster, or end one");
  add_fault_commands(*command.fault, command);

  add_replica_commands(app, command);

  command.down = at(app.add_subcommand("down", "End a cluster and remove what it kept"), false);
  command.down->add_flag("--keep", command.keep, "Leave configurations, logs and data");
}

int execute(const ClusterCommand& command) {
  if (*command.up) return bring_up(command);
  if (*command.down) return bring_down(command);
  if (*command.status) return show_status(command);
  if (*command.fault) return make_fault(command);
  if (*command.replica || *command.tables_of) return change_replicas(command);
  return use_item(command);
}

}  // namespace gtsim
