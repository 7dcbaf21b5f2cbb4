#include "region-node/base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "region-node/base/check_listener.h"

namespace gtsim {
namespace {

CheckListener check_listener = nullptr;

}  // namespace

void set_check_listener(CheckListener listener) {
  check_listener = listener;
}

void check_failed(const char* expression, const char* file, int line, std::string_view detail) {
  std::string text =
      std::string{file} + ':' + std::to_string(line) + ": check failed: " + expression;
  if (!detail.empty()) text.append(": ").append(detail);
  std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
  if (check_listener != nullptr) check_listener(text);
  std::abort();
}

}  // namespace gtsim
