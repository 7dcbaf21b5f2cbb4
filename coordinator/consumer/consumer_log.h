// What a consumer was given and answered, line by line: into files of the run folder, and past
// golden files. Nothing is printed when nobody listens.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gtsim {

class ConsumerLog {
 public:
  using Listener = std::function<void(std::string_view line)>;  // without a line end

  // One line for each record of each invocation, as the Lambda event has it.
  std::vector<Listener> records;
  // One line for each invocation: when, of what, how it ended.
  std::vector<Listener> invocations;
  // One line for each answer of the function.
  std::vector<Listener> answers;
  // One line for each batch that was given up.
  std::vector<Listener> destination;

  static void tell(const std::vector<Listener>& listeners, std::string_view line) {
    for (const Listener& listener : listeners) listener(line);
  }
};

}  // namespace gtsim
