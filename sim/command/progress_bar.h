// A line on the terminal that shows how far a long run has come. Quick runs never show it.
#pragma once

#include <chrono>

namespace gtsim {

class ProgressBar {
 public:
  explicit ProgressBar(bool enabled);
  void show(double share);
  void clear();

 private:
  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_at_;
};

}  // namespace gtsim
