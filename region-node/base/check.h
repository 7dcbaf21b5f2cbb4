// CHECK: an assertion about our own code that stays on in every build. Input from outside never
// reaches one; it becomes an Error (result.h).
#pragma once

#include <string_view>

namespace gtsim {

// Prints the expression, where it stands, the values in `detail` and the context that the running
// simulation has set (seed and virtual time), then aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line,
                               std::string_view detail);

}  // namespace gtsim

#define CHECK(condition)                                                         \
  do {                                                                           \
    if (!(condition)) [[unlikely]]                                               \
      ::gtsim::check_failed(#condition, __FILE__, __LINE__, std::string_view{}); \
  } while (false)

// `detail` is evaluated only when the condition is false.
#define CHECK_DETAIL(condition, detail)                                \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::gtsim::check_failed(#condition, __FILE__, __LINE__, (detail)); \
  } while (false)
