// The first few of everything that is offered, in order, without keeping the rest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/store/sql/order.h"

namespace allmende::store::sql {

// `Candidate` has a member `position`.
template <typename Candidate>
class FirstOnes {
 public:
  FirstOnes(const Order& order, std::size_t limit) : before_{order}, limit_(limit) {}

  void Offer(Candidate candidate) {
    if (heap_.size() == limit_ && !before_(candidate, heap_.front())) return;
    heap_.push_back(std::move(candidate));
    std::push_heap(heap_.begin(), heap_.end(), before_);
    if (heap_.size() <= limit_) return;
    std::pop_heap(heap_.begin(), heap_.end(), before_);
    heap_.pop_back();
  }

  std::vector<Candidate> Sorted() && {
    std::sort_heap(heap_.begin(), heap_.end(), before_);
    return std::move(heap_);
  }

 private:
  struct Before {
    const Order& order;
    bool operator()(const Candidate& left, const Candidate& right) const {
      return ComesBefore(order, left.position, right.position);
    }
  };

  Before before_;
  std::size_t limit_;
  std::vector<Candidate> heap_;  // the last one on top
};

}  // namespace allmende::store::sql
