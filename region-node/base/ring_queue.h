// A FIFO over one growing power-of-two buffer. Links, logs and shards are queues that live for a
// whole run: no allocation per element, contiguous memory, indexed access from the front.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "region-node/base/check.h"

namespace gtsim {

template <class T>
class RingQueue {
 public:
  RingQueue() = default;
  RingQueue(const RingQueue&) = delete;
  RingQueue& operator=(const RingQueue&) = delete;
  RingQueue(RingQueue&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)),
        capacity_(std::exchange(other.capacity_, 0)),
        head_(std::exchange(other.head_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  RingQueue& operator=(RingQueue&& other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(capacity_, other.capacity_);
    std::swap(head_, other.head_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~RingQueue() {
    clear();
    if (buffer_ != nullptr) std::allocator<T>{}.deallocate(buffer_, capacity_);
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] T& operator[](std::size_t i) { return buffer_[(head_ + i) & (capacity_ - 1)]; }
  [[nodiscard]] const T& operator[](std::size_t i) const {
    return buffer_[(head_ + i) & (capacity_ - 1)];
  }
  [[nodiscard]] T& front() { return (*this)[0]; }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] T& back() { return (*this)[size_ - 1]; }
  [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }

  template <class... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    if (size_ == capacity_) grow();
    T* place = &buffer_[(head_ + size_) & (capacity_ - 1)];
    new (place) T(std::forward<Arguments>(arguments)...);
    ++size_;
    return *place;
  }
  void push_back(T value) { emplace_back(std::move(value)); }

  void pop_front() {
    CHECK(size_ > 0);
    front().~T();
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
  }
  void pop_back() {
    CHECK(size_ > 0);
    back().~T();
    --size_;
  }
  void clear() {
    while (size_ > 0) pop_back();
    head_ = 0;
  }

 private:
  void grow() {
    const std::size_t larger = capacity_ == 0 ? 8 : capacity_ * 2;
    T* buffer = std::allocator<T>{}.allocate(larger);
    for (std::size_t i = 0; i < size_; ++i) {
      new (&buffer[i]) T(std::move((*this)[i]));
      (*this)[i].~T();
    }
    if (buffer_ != nullptr) std::allocator<T>{}.deallocate(buffer_, capacity_);
    buffer_ = buffer;
    capacity_ = larger;
    head_ = 0;
  }

  T* buffer_ = nullptr;
  std::size_t capacity_ = 0;  // zero or a power of two
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace gtsim
