// The heatmap loss and its gradient on a GPU. See simd/heatmap_kernel.h for the
// formulas, and balance.HeatmapLoss for what is computed.
//
//	heatmap_scan     counts the centres, and finds what each location's weight is
//	heatmap_compute  terms and gradients; adds up the terms
//	heatmap_finish   the loss
//
// Logits and gradient cross the memory bus once, the heatmap twice. Sums depend on
// the sizes alone, not on the GPU or on the order of its blocks.
#pragma once

#include "device.h"

namespace torchx {
namespace device {

// The values of TX_CLASS_WISE, …
enum { kClassWise = 0, kLocationWise = 1, kEqualised = 2 };

constexpr int kMostSums = 1024;  // blocks of a kernel that leave a sum each
constexpr int kTileBits = 10;    // a tile has 2^kTileBits numbers
constexpr int kMostClassBits = 5;  // of 2^kMostClassBits classes at most

// Sizes: B images, C classes, N cells.
struct HeatmapArgs {
  int blocks;              // of the kernel that is started
  int scan_blocks, sums;   // of heatmap_scan and heatmap_compute, at most kMostSums
  const float *logits;     // B,C,N
  const float *heatmap;    // B,C,N
  const float *weights;    // B,C
  const float *foreground, *background;  // C; of kEqualised
  float *grad;             // receives the gradient: B,C,N
  float *place;            // B,N; not of kClassWise: for kLocationWise the weight, else 1 at foreground and 0 at background
  int *counts;             // scan_blocks: centres that each of them found
  double *terms;           // sums: of each block
  float *loss;             // one number
  int64 images, classes, cells;
  int innermost;           // logits and gradient lie as B,N,C instead
  int class_bits;          // a tile has 2^class_bits classes
  int weighting;
  float gamma, alpha;      // alpha 0: the penalty-reduced loss
};

struct HeatmapTile {
  double term[kThreads];
  float heat[(1 << kTileBits) + (1 << kMostClassBits)];  // rows of the heatmap; a number after each keeps columns out of one bank
};

union HeatmapShared {
  int count[kThreads];
  HeatmapTile tile;
};

TX_KERNEL(heatmap_scan, HeatmapArgs, HeatmapShared) {
  TX_THREADS {
    int count = 0;
    for (int64 i = static_cast<int64>(block) * kThreads + t; i < a.images * a.cells; i += static_cast<int64>(a.blocks) * kThreads) {
      const int64 image = i / a.cells;
      const float *values = a.heatmap + image * a.classes * a.cells + i % a.cells;
      float most = 0, place = a.weighting == kLocationWise ? 1.0f : 0.0f;
      for (int64 c = 0; c < a.classes; c++, values += a.cells) {
        const float g = *values;
        count += g == 1.0f;
        if (g > most) {
          most = g;
          place = a.weighting == kLocationWise ? a.weights[image * a.classes + c] : 1.0f;
        }
      }
      if (a.weighting != kClassWise) a.place[i] = place;
    }
    shared.count[t] = count;
  }
  sum_up(shared.count);
  TX_THREADS {
    if (t == 0) a.counts[block] = shared.count[0];
  }
}

// The number of centres, which the scan's blocks found in parts, at least 1. It uses
// shared.count.
TX_DEVICE float centres(const HeatmapArgs &a, HeatmapShared &shared) {
  TX_THREADS {
    int count = 0;
    for (int i = t; i < a.scan_blocks; i += kThreads) count += a.counts[i];
    shared.count[t] = count;
  }
  sum_up(shared.count);
  const float n = shared.count[0] > 1 ? static_cast<float>(shared.count[0]) : 1.0f;
  TX_BARRIER;  // all have read it
  return n;
}

struct Term {
  float value, slope;
};

// A background term p^γ · l at the logit x, l = -log(1-p), without its factor. The
// penalty-reduced loss keeps |x| below limit and has no slope beyond; limit 0 is none.
TX_DEVICE Term background_term(float x, float gamma, float limit) {
  const bool beyond = limit > 0 && (x > limit || x < -limit);
  const float c = beyond ? (x > 0 ? limit : -limit) : x;
  const bool above = c > 0;
  const float e = expf(above ? -c : c);        // exp(-|x|), NaN stays
  const float log1 = log1pf(e), rest = 1 / (1 + e), part = e * rest;
  const float p = above ? rest : part, q = above ? part : rest;  // σ(x), 1-σ(x)
  const float l = log1 + (above ? c : 0.0f);
  Term term;
  if (gamma == 0) {
    term.value = l, term.slope = p;
  } else {
    float a = p * p;
    if (gamma != 2) {
      const float power = gamma * ((above ? 0.0f : c) - log1);  // γ log p
      a = expf(power < -87.0f ? -87.0f : power);
    }
    term.value = a * l, term.slope = a * (p + gamma * (q * l));
  }
  if (beyond) term.slope = 0;
  return term;
}

// The weight of class c of an image in a cell where the heatmap is g.
TX_DEVICE float weight_at(const HeatmapArgs &a, int64 image, int64 c, int64 cell, float g) {
  if (a.weighting == kLocationWise) return a.place[image * a.cells + cell];
  const float w = a.weights[image * a.classes + c];
  if (a.weighting == kClassWise || g > 0) return w;
  return w * (a.place[image * a.cells + cell] > 0 ? a.foreground[c] : a.background[c]);
}

// The term of a cell, with its weight, and its slope for the logit. A centre is a
// background term at -x with the opposite slope. limit: see background_term.
TX_DEVICE Term heatmap_term(float x, float g, float w, float gamma, float alpha, float limit) {
  const bool centre = g == 1.0f;
  Term term = background_term(centre ? -x : x, gamma, limit);
  if (alpha > 0) {
    w *= centre ? alpha : 1 - alpha;
  } else if (!centre) {
    const float r = 1 - g, r2 = r * r;
    w *= r2 * r2;
  }
  term.value *= w;
  term.slope *= centre ? -w : w;
  return term;
}

// The largest float32 below log(9999), as in simd/heatmap_strip.h.
constexpr float kLogitLimit = 9.21024036f;

TX_KERNEL(heatmap_compute, HeatmapArgs, HeatmapShared) {
  const float scale = 1 / centres(a, shared), limit = a.alpha > 0 ? 0.0f : kLogitLimit;
  const int cell_bits = kTileBits - a.class_bits, width = 1 << cell_bits, height = 1 << a.class_bits;  // of a tile
  const int64 across = (a.cells + width - 1) >> cell_bits, down = (a.classes + height - 1) >> a.class_bits;
  TX_THREADS { shared.tile.term[t] = 0; }
  for (int64 tile = block; tile < a.images * down * across; tile += a.blocks) {
    const int64 image = tile / (down * across), first_class = tile / across % down * height, first_cell = tile % across * width;
    const int64 heat = (image * a.classes + first_class) * a.cells + first_cell;
    const int classes = static_cast<int>(a.classes - first_class < height ? a.classes - first_class : height);
    const int cells = static_cast<int>(a.cells - first_cell < width ? a.cells - first_cell : width);
    TX_THREADS {  // neighbours read neighbouring cells
      for (int i = t; i < 1 << kTileBits; i += kThreads) {
        const int c = i >> cell_bits, n = i & (width - 1);
        if (c < classes && n < cells) shared.tile.heat[c * (width + 1) + n] = a.heatmap[heat + c * a.cells + n];
      }
    }
    TX_THREADS {  // neighbours read neighbouring logits
      float sum = 0;
      for (int i = t; i < 1 << kTileBits; i += kThreads) {
        const int c = a.innermost ? i & (height - 1) : i >> cell_bits, n = a.innermost ? i >> a.class_bits : i & (width - 1);
        if (c >= classes || n >= cells) continue;
        const int64 at = a.innermost ? (image * a.cells + first_cell + n) * a.classes + first_class + c : heat + c * a.cells + n;
        const float g = shared.tile.heat[c * (width + 1) + n];
        const Term term = heatmap_term(a.logits[at], g, weight_at(a, image, first_class + c, first_cell + n, g), a.gamma, a.alpha, limit);
        a.grad[at] = term.slope * scale;
        sum += term.value;
      }
      shared.tile.term[t] += sum;
    }
  }
  sum_up(shared.tile.term);
  TX_THREADS {
    if (t == 0) a.terms[block] = shared.tile.term[0];
  }
}

TX_KERNEL(heatmap_finish, HeatmapArgs, HeatmapShared) {
  const float n = centres(a, shared);
  TX_THREADS {
    double sum = 0;
    for (int i = t; i < a.sums; i += kThreads) sum += a.terms[i];
    shared.tile.term[t] = sum;
  }
  sum_up(shared.tile.term);
  TX_THREADS {
    if (t == 0 && block == 0) *a.loss = static_cast<float>(shared.tile.term[0] / n);
  }
}

}  // namespace device
}  // namespace torchx
