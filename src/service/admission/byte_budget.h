#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace face_privacy {

// Counts bytes that are held in memory, up to a limit. Thread-safe; must outlive its reservations.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  std::size_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

  // A share of the budget that grows, and is given back in the end.
  class Reservation {
   public:
    Reservation() = default;
    explicit Reservation(ByteBudget& budget) : budget_(&budget) {}
    Reservation(Reservation&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Reservation() {
      if (budget_ != nullptr) budget_->used_bytes_.fetch_sub(bytes_, std::memory_order_relaxed);
    }

    // False, and no change, where the limit would be passed.
    bool try_grow(std::size_t bytes) {
      const std::size_t before = budget_->used_bytes_.fetch_add(bytes, std::memory_order_relaxed);
      if (before + bytes > budget_->limit_bytes_) {
        budget_->used_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
        return false;
      }
      bytes_ += bytes;
      return true;
    }

    // For what is there already and cannot be refused, such as a finished answer.
    void grow(std::size_t bytes) {
      budget_->used_bytes_.fetch_add(bytes, std::memory_order_relaxed);
      bytes_ += bytes;
    }

   private:
    ByteBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

 private:
  std::atomic<std::size_t> used_bytes_{0};
  const std::size_t limit_bytes_;
};

}  // namespace face_privacy
