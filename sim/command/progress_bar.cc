#include "sim/command/progress_bar.h"

#include <fmt/core.h>

#include <cstdio>
#include <string>

namespace gtsim {
namespace {

constexpr std::chrono::milliseconds kPatience{700};
constexpr std::chrono::milliseconds kInterval{100};
constexpr int kWidth = 40;

}  // namespace

ProgressBar::ProgressBar(bool enabled)
    : enabled_(enabled), started_(std::chrono::steady_clock::now()), shown_at_(started_) {}

void ProgressBar::show(double share) {
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - started_ < kPatience || now - shown_at_ < kInterval) return;
  shown_at_ = now;
  shown_ = true;
  const int filled = static_cast<int>(share * kWidth);
  fmt::print(stderr, "\r  [{}{}] {:3.0f} %", std::string(static_cast<std::size_t>(filled), '='),
             std::string(static_cast<std::size_t>(kWidth - filled), ' '), share * 100);
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r{}\r", std::string(kWidth + 12, ' '));
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace gtsim
