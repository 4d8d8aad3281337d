#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

namespace face_privacy {

// Disjoint sets of the numbers from 0 on; at first each is a set by itself.
class UnionFind {
 public:
  explicit UnionFind(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }

  // The smallest number of the set.
  int root(int i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

  void join(int i, int j) {
    const int a = root(i);
    const int b = root(j);
    parent_[std::max(a, b)] = std::min(a, b);
  }

  // The sets as far as they are among `members`, which ascend. So do the numbers of a set, and the first
  // ones of the sets.
  std::vector<std::vector<int>> sets(std::span<const int> members) {
    std::vector<std::vector<int>> result;
    std::vector<int> place(parent_.size(), -1);
    for (const int i : members) {
      int& at = place[root(i)];
      if (at < 0) {
        at = static_cast<int>(result.size());
        result.emplace_back();
      }
      result[at].push_back(i);
    }
    return result;
  }

 private:
  std::vector<int> parent_;
};

}  // namespace face_privacy
