// Fills a run's folder while the run goes on: history, streams and conflicts, and what consumers
// were given and answered (proto/run-folder.md).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/play/play.h"
#include "coordinator/report/consumer_files.h"
#include "coordinator/report/history_writer.h"

namespace gtsim {

class RunRecorder {
 public:
  // `mode` wins over the scenario's.
  RunRecorder(std::string folder, std::optional<HistoryMode> mode)
      : folder_(std::move(folder)), mode_(mode) {}

  // Listens from here on, unless the mode is off. Lives as long as the run.
  void attach(const Stage& stage);
  void on_note(Instant now, std::string_view text) {
    if (history_) history_->on_note(now, text);
  }

  // After the run: ends every file. The first error of any, or empty.
  [[nodiscard]] std::string close();

 private:
  std::string folder_;
  std::optional<HistoryMode> mode_;
  std::unique_ptr<HistoryWriter> history_;
  std::unique_ptr<ConsumerFiles> consumers_;
};

}  // namespace gtsim
