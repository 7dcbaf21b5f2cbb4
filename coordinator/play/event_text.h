// Events of a run as JSON Lines (history.jsonl, proto/run-folder.md) and as sentences (a key's
// story).
#pragma once

#include <string>
#include <vector>

#include "coordinator/check/conflict.h"
#include "coordinator/cluster/cluster.h"

namespace gtsim {

class EventText {
 public:
  EventText(const Scenario& scenario, Cluster& cluster) : scenario_(scenario), cluster_(cluster) {}

  // --- One line of JSON with its line end, appended.
  void write_json(std::string& out, Instant now, const WriteEvent& event) const;
  void record_json(std::string& out, Instant now, RegionId region,
                   const EmittedRecord& emitted) const;
  void quiet_apply_json(std::string& out, Instant now, RegionId region,
                        const QuietApply& apply) const;
  void discard_json(std::string& out, Instant now, const Discard& discard) const;
  void lost_write_json(std::string& out, Instant now, const Conflict& lost) const;
  void note_json(std::string& out, Instant now, std::string_view text) const;

  // --- One line of text without its line end.
  [[nodiscard]] std::string write_line(Instant now, const WriteEvent& event,
                                       std::size_t part) const;
  [[nodiscard]] std::string record_line(Instant now, RegionId region,
                                        const EmittedRecord& emitted) const;
  [[nodiscard]] std::string quiet_apply_line(Instant now, RegionId region,
                                             const QuietApply& apply) const;
  [[nodiscard]] std::string discard_line(Instant now, const Discard& discard) const;
  [[nodiscard]] std::string lost_write_line(Instant now, const Conflict& lost) const;
  [[nodiscard]] std::string note_line(Instant now, std::string_view text) const;

  [[nodiscard]] std::string key_json(TableId table, KeyId key) const;
  [[nodiscard]] std::string version_text(Version version) const;
  [[nodiscard]] const std::string& name(RegionId region) const {
    return scenario_.regions[region.index()].name;
  }

 private:
  void start(std::string& out, Instant now, RegionId region, const char* event) const;
  void add_key(std::string& out, TableId table, KeyId key) const;
  void add_version(std::string& out, const char* member, Version version) const;

  const Scenario& scenario_;
  Cluster& cluster_;
};

}  // namespace gtsim
