// `gtsim put`, `get` and `delete`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include "region-node/item/canonical.h"
#include "region-node/item/item_size.h"
#include "sim/command/cluster_access.h"
#include "sim/command/plain_item.h"

namespace gtsim {

namespace {

std::optional<KeyAttribute> attribute_of(const wire::KeyAttribute& told) {
  const auto type = key_attribute_type(told.type());
  if (!type) return std::nullopt;
  return KeyAttribute{told.name(), *type};
}

// Adds what a node knows, if it answers.
void add_tables_of(const ClusterAccess& access, const std::string& region,
                   std::map<std::string, KeySchema>& out) {
  auto client = access.client(region);
  if (!client) return;
  auto status = (*client)->status(/*with_digests=*/false);
  if (!status) return;
  for (const wire::TableStatus& table : status->tables()) {
    auto hash = attribute_of(table.hash());
    if (!hash) continue;
    KeySchema key{std::move(*hash), std::nullopt};
    if (table.has_range()) key.range = attribute_of(table.range());
    out[table.name()] = std::move(key);
  }
}

}  // namespace

Result<std::pair<std::string, KeySchema>> choose_table(const ClusterAccess& access,
                                                       const std::string& region,
                                                       const std::string& wanted) {
  std::map<std::string, KeySchema> tables(access.file.tables.begin(), access.file.tables.end());
  if (region.empty()) {
    for (const auto& [name, node] : access.file.nodes) add_tables_of(access, name, tables);
  } else {
    add_tables_of(access, region, tables);
  }
  if (tables.empty()) {
    return Error{Errc::kInput,
                 "no node that answers knows a table, and the cluster file names none; make one: "
                 "gtsim table create REGION --table items:PK=S"};
  }
  const auto found = wanted.empty() && tables.size() == 1 ? tables.begin() : tables.find(wanted);
  if (found != tables.end()) return *found;
  std::string known;
  for (const auto& [name, key] : tables) known += (known.empty() ? "" : ", ") + name;
  return Error{Errc::kInput, wanted.empty()
                                 ? fmt::format("--table is needed: there are {}", known)
                                 : fmt::format("no table `{}`; there are {}", wanted, known)};
}

namespace {

std::string version_text(const wire::Version& version) {
  return fmt::format("{} of {}", to_iso8601(WallTime{version.timestamp_us()}, 6), version.origin());
}

int show(ControlClient& client, const std::string& table, const std::string& key) {
  auto stored = client.get_item(table, key);
  if (!stored) return complain(stored.error());
  if (stored->image().empty()) {
    fmt::print("nothing{}\n", stored->has_version()
                                  ? ", deleted by version " + version_text(stored->version())
                                  : ", never written here");
    return 0;
  }
  const auto item = decode_item(stored->image());
  if (!item) return complain({Errc::kIo, "the node answers with an item that is not canonical"});
  fmt::print("{}\n", item_to_plain_json(*item));
  fmt::print(stderr, "version {}\n", version_text(stored->version()));
  return 0;
}

int tell(const wire::WriteResult& result) {
  if (result.outcome() != wire::OK || result.replies_size() != 1) {
    fmt::print(stderr, "gtsim: refused: {}\n", result.detail());
    return 1;
  }
  const wire::WriteReply& reply = result.replies(0);
  if (!reply.changed()) {
    fmt::print("nothing changed: no record, nothing is replicated\n");
  } else {
    fmt::print("version {}\n", version_text(reply.version()));
  }
  return 0;
}

}  // namespace

int use_item(const ClusterCommand& command) {
  auto access = ClusterAccess::open(command.place);
  if (!access) return complain(access.error());
  auto table = choose_table(*access, command.region, command.table);
  if (!table) return complain(table.error());
  const bool put = command.put->parsed();
  auto item = item_from_plain_json(command.item, put ? "item" : "key");
  if (!item) return complain(item.error());
  auto key = put ? extract_key(table->second, *item) : check_key(table->second, *item);
  if (!key) {
    return complain(
        {Errc::kInput,
         fmt::format("{} (the key of {} is {} ({}){})", key.error().detail, table->first,
                     table->second.hash.name, type_name(table->second.hash.type),
                     table->second.range ? fmt::format(" and {} ({})", table->second.range->name,
                                                       type_name(table->second.range->type))
                                         : "")});
  }
  auto client = access->client(command.region);
  if (!client) return complain(client.error());
  const std::string key_bytes = encode_item(*key);
  if (command.get->parsed()) return show(**client, table->first, key_bytes);
  wire::WriteCall call;
  wire::Write& write = *call.add_writes();
  write.set_kind(put ? wire::PUT : wire::DELETE);
  write.set_table(table->first);
  write.set_key(key_bytes);
  if (put) write.set_image(encode_item(*item));
  auto result = (*client)->write(call);
  if (!result) return complain(result.error());
  return tell(*result);
}

}  // namespace gtsim
