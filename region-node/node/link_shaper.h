// Holds back what a node sends as the faults of its links demand: delay, loss, duplicates,
// reordering, bandwidth, cuts. Shapes at the sender with the simulator's own model. Without a
// fault, messages pass straight on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
    std::uint64_t number;  // counts what is held back, in the order of sending
    Message message;
  };
  struct Link {
    explicit Link(LinkModel shape) : model(std::move(shape)) {}
    LinkModel model;
    bool disturbed = false;
    RingQueue<Waiting> in_order;  // ascending by (at, number)
    // Those that are not bound to the order of sending.
    std::map<std::pair<Instant, std::uint64_t>, Message> strays;
    std::uint64_t next_number = 0;
    std::vector<Message> outgoing;  // of the call under way

    [[nodiscard]] Instant next_due() const;    // kNever: nothing is held back
    [[nodiscard]] bool stray_is_next() const;  // REQUIRES: something is
    [[nodiscard]] Message take_next();
  };
  void shape(Link& link, Message& message, Instant now);
  void flush(RegionId to, Link& link);

  const std::vector<KeySpace*>& keys_;
  Send send_;
  std::vector<std::unique_ptr<Link>> links_;  // by RegionId index; none to itself
};

}  // namespace gtsim
