// `gtsim status`.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "sim/command/cluster_access.h"

namespace gtsim {
namespace {

constexpr ControlClient::Limit kQuick{2'000};
constexpr ControlClient::Limit kDigest{60'000};

struct Seen {
  std::string region;
  std::optional<wire::RegionStatus> status;
  std::string why;  // there is none
};

std::string state_of(const ClusterAccess& access, const Seen& seen) {
  if (access.playground) {
    if (!access.playground->runs(seen.region)) return "down";
    if (access.playground->is_frozen(seen.region)) return "frozen";
  }
  if (!seen.status) return "silent";
  return seen.status->state();
}

std::uint64_t backlog_to(const wire::TableStatus& table, const std::string& region) {
  for (const wire::MemberPosition& member : table.members()) {
    if (member.region() != region) continue;
    return table.log_end() > member.acknowledged() ? table.log_end() - member.acknowledged() : 0;
  }
  return 0;
}

void print_tables(const std::vector<Seen>& all, std::size_t width, bool digests) {
  fmt::print("\n  {:<{}}  {:<12}  {:<8}  {:>9}  {:>9}  {:>9}{}\n", "region", width, "table",
             "status", "keys", "records", "log", digests ? "  digest" : "");
  for (const Seen& seen : all) {
    if (!seen.status) continue;
    for (const wire::TableStatus& table : seen.status->tables()) {
      fmt::print("  {:<{}}  {:<12}  {:<8}  {:>9}  {:>9}  {:>9}{}\n", seen.region, width,
                 table.name(), table.paused() ? "paused" : table.status(), table.keys(),
                 table.stream_end(), table.log_end(),
                 digests ? fmt::format("  {} ({} items)", table.digest(), table.items()) : "");
    }
  }
}

void print_links(const std::vector<Seen>& all, std::size_t width) {
  const std::size_t link_width = 2 * width + 4;
  fmt::print("\n  {:<{}}  {:<12}  {:>9}  {}\n", "link", link_width, "state", "backlog", "");
  for (const Seen& seen : all) {
    if (!seen.status) continue;
    for (const wire::LinkStatus& link : seen.status->links()) {
      std::uint64_t backlog = 0;
      for (const wire::TableStatus& table : seen.status->tables()) {
        backlog += backlog_to(table, link.to());
      }
      std::string remark = link.disturbed() ? "disturbed" : "";
      if (!link.detail().empty() && link.state() != "connected") {
        remark += (remark.empty() ? "" : "; ") + link.detail();
      }
      fmt::print("  {:<{}}  {:<12}  {:>9}  {}\n", seen.region + " -> " + link.to(), link_width,
                 link.cut() ? "cut" : link.state(), backlog, remark);
    }
  }
}

// Of each table: whether every region that answers holds the same. True: all do.
bool print_equality(const std::vector<Seen>& all) {
  std::map<std::string, std::set<std::string>> digests;
  for (const Seen& seen : all) {
    if (!seen.status) continue;
    for (const wire::TableStatus& table : seen.status->tables()) {
      if (table.status() != "absent") digests[table.name()].insert(table.digest());
    }
  }
  bool equal = true;
  fmt::print("\n");
  for (const auto& [table, values] : digests) {
    equal = equal && values.size() == 1;
    fmt::print("  {}: {}\n", table,
               values.size() == 1 ? "the same in every region"
                                  : fmt::format("{} different contents", values.size()));
  }
  return equal;
}

}  // namespace

int show_status(const ClusterCommand& command) {
  auto access = ClusterAccess::open(command.place);
  if (!access) return complain(access.error());
  std::vector<Seen> all;
  std::size_t width = 6;
  for (const auto& [region, node] : access->file.nodes) {
    width = std::max(width, region.size());
    Seen seen{region, std::nullopt, {}};
    const bool asleep = access->playground && (!access->playground->runs(region) ||
                                               access->playground->is_frozen(region));
    auto client = access->client(region);
    if (!client) return complain(client.error());
    if (!asleep) {
      auto status = (*client)->status(command.digests, command.digests ? kDigest : kQuick);
      if (status) {
        seen.status = std::move(*status);
      } else {
        seen.why = status.error().detail;
      }
    }
    all.push_back(std::move(seen));
  }
  fmt::print("  {:<{}}  {:<8}  {:>8}  {}\n", "region", width, "state", "process", "control");
  bool whole = true;
  for (const Seen& seen : all) {
    whole = whole && seen.status.has_value();
    fmt::print("  {:<{}}  {:<8}  {:>8}  {}{}\n", seen.region, width, state_of(*access, seen),
               seen.status ? std::to_string(seen.status->process_id()) : "-",
               access->file.nodes.at(seen.region).control,
               seen.status && !seen.status->detail().empty() ? "  " + seen.status->detail()
               : seen.why.empty()                            ? ""
                                                             : "  " + seen.why);
  }
  print_tables(all, width, command.digests);
  print_links(all, width);
  if (!command.digests) return 0;
  const bool equal = print_equality(all);
  return equal && whole ? 0 : 1;
}

}  // namespace gtsim
