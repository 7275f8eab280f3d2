// Loops whose parts go to whichever thread is free.
#pragma once

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>

namespace torchx {

// Runs body(first, end) for parts of begin, …, end-1 in parallel, each of grain numbers
// or more if there are so many. at::parallel_for gives each thread one part, and all
// wait for the one that something else keeps from its processor.
template <typename Body>
void parallel(int64_t begin, int64_t end, int64_t grain, const Body &body) {
  constexpr int64_t turns = 8;  // of each thread
  const int64_t n = end - begin, threads = at::get_num_threads(), parts = std::min((n + grain - 1) / grain, threads * turns);
  if (threads == 1 || parts <= 1 || omp_in_parallel()) {
    if (n > 0) body(begin, end);
    return;
  }
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (int64_t i = 0; i < parts; i++) body(begin + i * n / parts, begin + (i + 1) * n / parts);
}

}  // namespace torchx
