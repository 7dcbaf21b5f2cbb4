// One simulated link: its model and a FIFO of messages on the way. Loss by a cut is decided at
// sending and again at delivery, so a cut also kills what is on the way.
#pragma once

#include <cstdint>

#include "region-node/base/ring_queue.h"
#include "region-node/link/link_model.h"
#include "region-node/replication/message.h"

namespace gtsim {

struct InTransit {
  InTransit(Instant arrival, std::uint64_t number, Message&& carried)
      : at(arrival), order(number), message(std::move(carried)) {}
  Instant at;
  std::uint64_t order;
  Message message;
};

class Link : public LinkModel {
 public:
  using LinkModel::LinkModel;

  RingQueue<InTransit> queue;  // ascending by (at, order)
};

}  // namespace gtsim
