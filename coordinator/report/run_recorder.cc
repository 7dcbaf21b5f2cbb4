#include "coordinator/report/run_recorder.h"

#include <cstdint>

namespace gtsim {

void RunRecorder::attach(const Stage& stage) {
  const HistoryMode mode = mode_.value_or(stage.scenario.history);
  if (mode == HistoryMode::kOff) return;
  history_ = std::make_unique<HistoryWriter>(stage.scenario, stage.cluster, mode, folder_);
  stage.cluster.add_observer(history_.get());
  stage.runner.add_listener(history_.get());
  const bool all = mode == HistoryMode::kFull;
  consumers_ = std::make_unique<ConsumerFiles>(stage.runner.consumers(), folder_,
                                               all ? UINT64_MAX : HistoryWriter::kAutoLines);
}

std::string RunRecorder::close() {
  if (!history_) return {};
  std::string error = history_->close();
  const std::string other = consumers_->close();
  return error.empty() ? other : error;
}

}  // namespace gtsim
