// Holds back what a node sends as the faults of its links demand: delay, loss, duplicates,
// reordering, bandwidth, cuts. Shapes at the sender with the simulator's own model. Without a
// fault, messages pass straight on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/ring_queue.h"
#include "region-node/link/link_model.h"
#include "region-node/replication/message.h"

namespace gtsim {

class LinkShaper {
 public:
  using Send = std::function<void(RegionId to, std::vector<Message> messages)>;

  // One link to each of `regions` but `self`, none of them disturbed. `keys`: by TableId index,
  // filled before anything is sent; outlive the shaper.
  LinkShaper(RegionId self, const std::vector<std::string>& regions,
             const std::vector<KeySpace*>& keys, std::uint64_t seed, Send send);

  void set(RegionId to, std::optional<bool> cut, const LinkSettings& settings, bool restore);
  [[nodiscard]] bool cut(RegionId to) const { return links_[to.index()]->model.cut(); }
  [[nodiscard]] bool disturbed(RegionId to) const { return links_[to.index()]->disturbed; }

  // Takes them in the order of sending, and lets out what is due; returns when to release again.
  [[nodiscard]] Instant send(std::vector<Message>& messages, Instant now);
  [[nodiscard]] Instant release(Instant now);

 private:
  struct Waiting {
    Instant at;
    Message message;
  };
  struct Link {
    explicit Link(LinkModel shape) : model(std::move(shape)) {}
    LinkModel model;
    bool disturbed = false;
    RingQueue<Waiting> in_order;    // ascending by time
    std::vector<Waiting> strays;    // out of order; few
    std::vector<Message> outgoing;  // of the call under way
  };
  void shape(Link& link, Message& message, Instant now);
  void flush(RegionId to, Link& link);

  const std::vector<KeySpace*>& keys_;
  Send send_;
  std::vector<std::unique_ptr<Link>> links_;  // by RegionId index; none to itself
};

}  // namespace gtsim
