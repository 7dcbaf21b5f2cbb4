// cluster.json of a playground.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "coordinator/live/playground.h"
#include "region-node/file/read_file.h"

namespace gtsim {
namespace {

namespace json = boost::json;

json::array to_json(const KeySchema& key) {
  json::array out;
  out.push_back({key.hash.name, type_name(key.hash.type)});
  if (key.range) out.push_back({key.range->name, type_name(key.range->type)});
  return out;
}

KeyAttribute attribute_from(const json::value& value) {
  const json::array& pair = value.as_array();
  const auto type = key_attribute_type(std::string_view{pair.at(1).as_string()});
  if (!type) throw std::runtime_error("a key attribute of an unknown type");
  return {std::string{pair.at(0).as_string()}, *type};
}

}  // namespace

Result<void> Playground::save() const {
  json::object nodes;
  for (const auto& [region, node] : nodes_) {
    nodes[region] = {{"pid", node.pid},
                     {"birth", node.birth},
                     {"control", node.addresses.control},
                     {"replication", node.addresses.replication},
                     {"http", node.addresses.http}};
  }
  json::array tables;
  for (const auto& [name, key] : plan_.tables) {
    tables.push_back({{"name", name}, {"key", to_json(key)}});
  }
  const json::object root = {{"sync", static_cast<int>(plan_.sync)},
                             {"tables", tables},
                             {"regions", nodes},
                             {"faults", faults_.to_json()}};
  const std::string path = folder_ + "/cluster.json";
  const std::string draft = path + ".new";
  {
    std::ofstream file{draft, std::ios::binary | std::ios::trunc};
    file << json::serialize(root) << '\n';
    file.close();
    if (!file) return Error{Errc::kIo, fmt::format("{}: cannot be written", draft)};
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) {
    return Error{Errc::kIo, fmt::format("{}: {}", path, std::strerror(errno))};
  }
  return {};
}

Result<Playground> Playground::open(const std::string& folder) {
  const std::string path = folder + "/cluster.json";
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) {
    return Error{Errc::kInput, fmt::format("no cluster is up in {} (there is no {}); `gtsim up` "
                                           "starts one",
                                           folder, path)};
  }
  constexpr std::size_t kMostBytes = 16U << 20;
  const auto text = read_file(path, kMostBytes);
  if (!text) return Error{Errc::kInput, fmt::format("{}: {}", path, text.error().detail)};
  Playground playground{folder};
  try {
    const json::value root = json::parse(*text);
    playground.plan_.sync = static_cast<SyncMode>(root.at("sync").to_number<int>());
    for (const json::value& table : root.at("tables").as_array()) {
      const json::array& key = table.at("key").as_array();
      KeySchema schema;
      schema.hash = attribute_from(key.at(0));
      if (key.size() > 1) schema.range = attribute_from(key.at(1));
      playground.plan_.tables.emplace_back(std::string{table.at("name").as_string()}, schema);
    }
    for (const auto& [region, node] : root.at("regions").as_object()) {
      playground.plan_.regions.emplace_back(region);
      playground.nodes_[std::string{region}] = {
          node.at("pid").to_number<pid_t>(),
          node.at("birth").to_number<std::uint64_t>(),
          {std::string{node.at("replication").as_string()},
           std::string{node.at("http").as_string()}, std::string{node.at("control").as_string()}}};
    }
    // As the faults name them.
    std::sort(playground.plan_.regions.begin(), playground.plan_.regions.end());
    playground.faults_ = StandingFaults(playground.plan_.regions);
    if (auto read = playground.faults_.read_json(root.at("faults")); !read) {
      return Error{Errc::kInput,
                   fmt::format("{}: not the state of a cluster: {}", path, read.error().detail)};
    }
  } catch (const std::exception& error) {
    return Error{Errc::kInput,
                 fmt::format("{}: not the state of a cluster: {}", path, error.what())};
  }
  return playground;
}

}  // namespace gtsim
