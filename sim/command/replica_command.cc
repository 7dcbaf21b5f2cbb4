// `gtsim replica ...` and `gtsim table ...`: what an application asks of a region's control plane.
// The regions do it among themselves; here they are asked, and what they know is shown.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "region-node/base/quantity_text.h"
#include "sim/command/cluster_access.h"

namespace gtsim {
namespace {

// A region answers when every member keeps still, or has been silent for ten seconds.
constexpr ControlClient::Limit kDecision{15'000};
constexpr std::string_view kOff = "off";

class Command {
 public:
  Command(const ClusterCommand& command, ClusterAccess& access, std::string table)
      : command_(command), access_(access), table_(std::move(table)) {}

  // Of a table that is to be created.
  void set_key(KeySchema key) { key_ = std::move(key); }

  int add_replica() {
    wire::Order order;
    wire::AddReplica& add = *order.mutable_add_replica();
    add.set_table(table_);
    add.set_region(command_.region);
    add.set_items_per_second(command_.backfill_items_per_second);
    if (!set_takes(add)) return 2;
    std::string source = command_.source;
    if (source.empty()) source = any_member_but(command_.region);
    if (source.empty()) return complain(no_member());
    return ask(source, order,
               fmt::format("a replica of {} comes to {}, copied from {}", table_, command_.region,
                           source));
  }

  int remove_replica() {
    wire::Order order;
    wire::RemoveReplica& remove = *order.mutable_remove_replica();
    remove.set_table(table_);
    remove.set_region(command_.region);
    if (!set_takes(remove)) return 2;
    std::string asked = command_.asked;
    if (asked.empty()) asked = any_member_but(command_.region);
    if (asked.empty()) return complain(no_member());
    return ask(asked, order,
               fmt::format("the replica of {} in {} goes, asked for in {}", table_, command_.region,
                           asked));
  }

  int create_table() {
    wire::Order order;
    wire::CreateTable& create = *order.mutable_create_table();
    create.set_table(table_);
    if (!command_.stream.empty() && command_.stream != kOff) create.set_stream(command_.stream);
    if (!set_takes(create)) return 2;
    if (key_) {
      fill(key_->hash, *create.mutable_hash());
      if (key_->range) fill(*key_->range, *create.mutable_range());
    }
    return ask(command_.region, order,
               fmt::format("{} is being created in {}", table_, command_.region));
  }

  int delete_table() {
    wire::Order order;
    order.mutable_delete_table()->set_table(table_);
    if (!set_takes(*order.mutable_delete_table())) return 2;
    return ask(command_.region, order,
               fmt::format("{} is being deleted in {}", table_, command_.region));
  }

  // One thing at a time, as UpdateTable has it.
  int update_table() {
    const int things = static_cast<int>(!command_.stream.empty()) +
                       static_cast<int>(!command_.protection.empty()) +
                       static_cast<int>(!command_.ttl.empty()) +
                       static_cast<int>(!command_.no_ttl.empty()) +
                       static_cast<int>(!command_.tags.empty() || !command_.no_tags.empty());
    if (things != 1) {
      return complain({Errc::kInput,
                       "table update changes one thing: --stream, --protection, --ttl, --no-ttl, "
                       "or tags"});
    }
    if (!command_.stream.empty()) return change_stream();
    if (!command_.protection.empty()) return change_protection();
    if (!command_.tags.empty() || !command_.no_tags.empty()) return change_tags();
    return change_ttl();
  }

  int change_protection() {
    wire::Order order;
    wire::ChangeProtection& change = *order.mutable_change_protection();
    change.set_table(table_);
    change.set_on(command_.protection == "on");
    if (!set_takes(change)) return 2;
    return ask(command_.region, order,
               fmt::format("{} in {} is {}", table_, command_.region,
                           change.on() ? "protected from being deleted" : "not protected"));
  }

  int change_ttl() {
    wire::Order order;
    wire::ChangeTimeToLive& change = *order.mutable_change_time_to_live();
    change.set_table(table_);
    change.set_enabled(!command_.ttl.empty());
    change.set_attribute(change.enabled() ? command_.ttl : command_.no_ttl);
    return ask(
        command_.region, order,
        fmt::format("items of {} {} by {}", table_,
                    change.enabled() ? "expire" : "do not expire any more", change.attribute()));
  }

  int change_tags() {
    wire::Order order;
    wire::ChangeTags& change = *order.mutable_change_tags();
    change.set_table(table_);
    for (const std::string& tag : command_.tags) {
      const auto mark = tag.find('=');
      if (mark == std::string::npos || mark == 0) {
        return complain({Errc::kInput, fmt::format("--tag {}: expected key=value", tag)});
      }
      (*change.mutable_set())[tag.substr(0, mark)] = tag.substr(mark + 1);
    }
    for (const std::string& key : command_.no_tags) change.add_remove(key);
    return ask(command_.region, order,
               fmt::format("the tags of {} in {} are changed", table_, command_.region));
  }

  int change_stream() {
    wire::Order order;
    wire::ChangeStream& change = *order.mutable_change_stream();
    change.set_table(table_);
    if (command_.stream != kOff) change.set_enable(command_.stream);
    if (!set_takes(change)) return 2;
    return ask(command_.region, order,
               fmt::format("the stream of {} in {} is being {}", table_, command_.region,
                           command_.stream == kOff ? "disabled" : "enabled"));
  }

  // What one region says of its table.
  int describe() {
    auto seen = look(command_.region);
    if (!seen) return complain(seen.error());
    if (!seen->has_description()) {
      return complain({Errc::kInput, fmt::format("{} has no table {}", command_.region, table_)});
    }
    fmt::print("{}", text_of(command_.region, *seen));
    return 0;
  }

  // What every region says.
  int show_all() {
    bool whole = true;
    for (const auto& [region, node] : access_.file.nodes) {
      auto seen = look(region);
      if (!seen) {
        fmt::print("{}: {}\n", region, seen.error().detail);
        whole = false;
      } else if (!seen->has_description()) {
        fmt::print("{}: no replica of {}\n", region, table_);
      } else {
        fmt::print("{}", text_of(region, *seen));
      }
    }
    return whole ? 0 : 1;
  }

 private:
  template <class Message>
  [[nodiscard]] bool set_takes(Message& order) const {
    if (command_.takes.empty()) return true;
    auto takes = parse_duration(command_.takes);
    if (!takes) {
      static_cast<void>(
          complain({Errc::kInput, fmt::format("--takes {}: {}; expected for example 20s",
                                              command_.takes, takes.error().detail)}));
      return false;
    }
    order.set_takes_us(takes->count());
    return true;
  }

  static void fill(const KeyAttribute& attribute, wire::KeyAttribute& out) {
    out.set_name(attribute.name);
    out.set_type(type_name(attribute.type));
  }

  [[nodiscard]] int ask(const std::string& region, const wire::Order& order,
                        const std::string& said) const {
    auto client = access_.client(region);
    if (!client) return complain(client.error());
    if (auto done = (*client)->execute(order, kDecision); !done) {
      return complain({done.error().code, fmt::format("{}: {}", region, done.error().detail)});
    }
    fmt::print("{}\n", said);
    return 0;
  }

  [[nodiscard]] Result<wire::TableStatus> look(const std::string& region) const {
    auto client = access_.client(region);
    if (!client) return client.error();
    auto status = (*client)->status(/*with_digests=*/false);
    if (!status) return status.error();
    for (const wire::TableStatus& table : status->tables()) {
      if (table.name() == table_) return table;
    }
    return wire::TableStatus{};  // it has never heard of it
  }

  // The first in the order of names that has an ACTIVE replica.
  [[nodiscard]] std::string any_member_but(const std::string& other) const {
    for (const auto& [region, node] : access_.file.nodes) {
      if (region == other) continue;
      auto seen = look(region);
      if (seen && seen->status() == "ACTIVE") return region;
    }
    return {};
  }
  [[nodiscard]] Error no_member() const {
    return {Errc::kInput,
            fmt::format("no other region that answers has an ACTIVE replica of {}", table_)};
  }

  // As DescribeTable shows it, and how far the others are.
  [[nodiscard]] static std::string text_of(const std::string& region,
                                           const wire::TableStatus& table) {
    const wire::TableDescription& seen = table.description();
    std::string text = fmt::format("{}: {}", region, seen.status());
    if (!table.stream_status().empty()) {
      text += fmt::format(", stream {} of {}", table.stream_status(), table.stream_label());
    }
    if (seen.has_ttl_attribute()) text += fmt::format(", expires by {}", seen.ttl_attribute());
    if (seen.deletion_protection()) text += ", protected";
    text += table.settled() ? "\n" : ", a change is under way\n";
    for (const wire::TableDescription::Replica& replica : seen.replicas()) {
      text += fmt::format("  {} {}", replica.region(), replica.status());
      if (replica.has_progress_percent()) {
        text += fmt::format(", {} % copied", replica.progress_percent());
      }
      for (const wire::MemberPosition& member : table.members()) {
        if (member.region() != replica.region()) continue;
        const std::uint64_t behind =
            table.log_end() - std::min(member.acknowledged(), table.log_end());
        if (behind > 0) text += fmt::format(", {} changes behind", behind);
      }
      text += "\n";
    }
    const std::map<std::string, std::string> tags(seen.tags().begin(), seen.tags().end());
    for (const auto& [key, value] : tags) text += fmt::format("  tag {}={}\n", key, value);
    return text;
  }

  const ClusterCommand& command_;
  ClusterAccess& access_;
  std::string table_;
  std::optional<KeySchema> key_;
};

}  // namespace

void add_replica_commands(CLI::App& app, ClusterCommand& command) {
  const auto group = [&](const char* name, const char* help) {
    CLI::App* made = app.add_subcommand(name, help);
    made->require_subcommand(1);
    return made;
  };
  const auto sub = [&](CLI::App* parent, const char* name, const char* help) {
    CLI::App* made = parent->add_subcommand(name, help);
    made->add_option("--dir", command.place.folder, "Folder of the cluster")->capture_default_str();
    made->add_option("--nodes", command.place.nodes_file,
                     "Speak to the nodes of this cluster file instead");
    made->add_option("--table", command.table, "The table; needed when there are several");
    return made;
  };
  const auto takes = [&](CLI::App* made, const char* help) {
    made->add_option("--takes", command.takes, help);
  };
  const auto region = [&](CLI::App* made, const char* help) {
    made->add_option("region", command.region, help)->required();
  };

  command.replica = group("replica", "Add and remove replicas of a table");
  CLI::App* add = sub(command.replica, "add", "Add a replica in a region that has none");
  region(add, "Where it comes to");
  add->add_option("--source", command.source, "Whose items are copied [any other member]");
  add->add_option("--backfill", command.backfill_items_per_second, "Items copied per second")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  takes(add, "It is CREATING at least this long");
  CLI::App* remove = sub(command.replica, "remove", "Remove a replica, with its items");
  region(remove, "Where it goes");
  remove->add_option("--in", command.asked, "Which member is asked [any other]");
  takes(remove, "It is DELETING at least this long");
  sub(command.replica, "status", "Show what each region knows of the others");

  command.tables_of = group("table", "Create, change and delete a table in one region");
  const auto stream = [&](CLI::App* made, const char* help) {
    made->add_option("--stream", command.stream, help)
        ->check(CLI::IsMember(std::vector<std::string>{
            "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY", std::string(kOff)}));
  };
  CLI::App* create = sub(command.tables_of, "create",
                         "Create it in a region that has none; --table NAME:PK=S[,SK=N] gives its "
                         "key, needed when none of the name was there before");
  region(create, "Where");
  stream(create, "What its stream carries");
  takes(create, "It is CREATING so long");
  CLI::App* update = sub(command.tables_of, "update", "Change one of its settings");
  region(update, "Where");
  stream(update, "What a new stream carries, or off");
  update->add_option("--protection", command.protection, "Deletion protection")
      ->check(CLI::IsMember(std::vector<std::string>{"on", "off"}));
  update->add_option("--ttl", command.ttl, "Items expire by this attribute, in every region");
  update->add_option("--no-ttl", command.no_ttl, "They do not any more, by this attribute");
  update->add_option("--tag", command.tags, "A tag, as key=value; repeatable");
  update->add_option("--no-tag", command.no_tags, "A tag that goes; repeatable");
  takes(update, "It is UPDATING so long");
  CLI::App* erase = sub(command.tables_of, "delete", "Delete it in a region, with its items");
  region(erase, "Where");
  takes(erase, "It is DELETING at least this long");
  region(sub(command.tables_of, "describe", "Show what a region knows of it"), "Which region");
}

int change_replicas(const ClusterCommand& command) {
  auto access = ClusterAccess::open(command.place);
  if (!access) return complain(access.error());
  const CLI::App* group = *command.replica ? command.replica : command.tables_of;
  const std::string what = group->get_subcommands().front()->get_name();
  // With its key it need not be known.
  const bool has_key = what == "create" && command.table.find(':') != std::string::npos;
  auto table =
      has_key ? parse_table(command.table) : choose_table(*access, /*region=*/{}, command.table);
  if (!table && what == "create" && !has_key) {
    return complain({table.error().code,
                     table.error().detail + "; a table that was not there before needs its key, as "
                                            "in --table carts:PK=S"});
  }
  if (!table) return complain(table.error());
  Command todo(command, *access, table->first);
  if (has_key) todo.set_key(table->second);
  if (!command.region.empty()) {
    if (auto known = access->check_region(command.region); !known) return complain(known.error());
  }
  if (group == command.replica) {
    if (what == "add") return todo.add_replica();
    if (what == "remove") return todo.remove_replica();
    return todo.show_all();
  }
  if (what == "create") return todo.create_table();
  if (what == "update") return todo.update_table();
  if (what == "delete") return todo.delete_table();
  return todo.describe();
}

}  // namespace gtsim
