// How long OpenMP's threads spin before they sleep when they wait for work.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "guard.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace {

// By default a thread of GCC's OpenMP spins some milliseconds before it sleeps, which
// saves it from being woken for the next operator; but only a three-hundredth of that
// while there are more of its threads than processors ("GOMP_SPINCOUNT" in the
// GNU libgomp manual). It reads the variable before main, and threads decide anew
// each time they wait: so a team that does nothing, as long as it is kept, makes all
// others sleep soon.
class Ballast {
 public:
  Ballast() : thread_([this] { keep(); }) {}
  ~Ballast() {
    {
      std::lock_guard<std::mutex> hold(mutex_);
      unwanted_ = true;
    }
    changed_.notify_one();
    thread_.join();  // its team ends with it
  }

 private:
  void keep() {
#ifdef _OPENMP
    const int members = omp_get_num_procs() + 1;
    int counted = 0;
#pragma omp parallel num_threads(members) reduction(+ : counted)
    counted++;
#endif
    std::unique_lock<std::mutex> hold(mutex_);
    changed_.wait(hold, [this] { return unwanted_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool unwanted_ = false;
  std::thread thread_;
};

std::mutex guarded;
std::unique_ptr<Ballast> ballast;

}  // namespace

char *tx_crowded(int32_t crowded) {
  return torchx::guard([&] {
    std::lock_guard<std::mutex> hold(guarded);
    if (!crowded) {
      ballast.reset();
    } else if (!ballast) {
      ballast.reset(new Ballast);
    }
  });
}
