package sample

import (
	"image"
	"image/color"
	"slices"
)

// reduce returns the picture with at most 256 colours, which makes its PNG
// file a third as large: median cut (Heckbert, 1982) on colours of 5 bits a
// channel.
func reduce(img *image.RGBA) *image.Paletted {
	count := make([]int, 1<<15)
	for i := 0; i < len(img.Pix); i += 4 {
		count[bin(img.Pix[i:])]++
	}
	var used []int
	for b, n := range count {
		if n > 0 {
			used = append(used, b)
		}
	}
	groups := [][]int{used}
	for len(groups) < 256 {
		at, channel, spread := widest(groups, count)
		if spread == 0 {
			break
		}
		low, high := cut(groups[at], channel, count)
		groups[at] = low
		groups = append(groups, high)
	}
	index := make([]uint8, 1<<15)
	out := image.NewPaletted(img.Rect, nil)
	for g, bins := range groups {
		out.Palette = append(out.Palette, average(bins, count))
		for _, b := range bins {
			index[b] = uint8(g)
		}
	}
	for i := range out.Pix {
		out.Pix[i] = index[bin(img.Pix[4*i:])]
	}
	return out
}

func bin(rgba []uint8) int { return int(rgba[0]>>3)<<10 | int(rgba[1]>>3)<<5 | int(rgba[2]>>3) }

// level is one channel, 0 red to 2 blue, of a bin: 0 to 31.
func level(bin, channel int) int { return bin >> (10 - 5*channel) & 31 }

// widest returns the group and the channel with the largest range of values
// times the square root of the pixels, here compared as range²·pixels.
func widest(groups [][]int, count []int) (at, channel, spread int) {
	for g, bins := range groups {
		pixels := 0
		for _, b := range bins {
			pixels += count[b]
		}
		for k := range 3 {
			lo, hi := 31, 0
			for _, b := range bins {
				lo, hi = min(lo, level(b, k)), max(hi, level(b, k))
			}
			if s := (hi - lo) * (hi - lo) * pixels; s > spread {
				at, channel, spread = g, k, s
			}
		}
	}
	return at, channel, spread
}

// cut splits the bins at the median pixel of a channel; both parts are not
// empty.
func cut(bins []int, channel int, count []int) (low, high []int) {
	slices.SortFunc(bins, func(a, b int) int { return level(a, channel) - level(b, channel) })
	total, sum := 0, 0
	for _, b := range bins {
		total += count[b]
	}
	for i, b := range bins {
		sum += count[b]
		if 2*sum >= total || i == len(bins)-2 {
			return bins[: i+1 : i+1], bins[i+1:]
		}
	}
	return bins, nil
}

// average is the mean colour of the pixels in the bins.
func average(bins []int, count []int) color.RGBA {
	var sum [3]int
	pixels := 0
	for _, b := range bins {
		pixels += count[b]
		for k := range sum {
			sum[k] += count[b] * level(b, k)
		}
	}
	var c [3]uint8
	for k := range c {
		c[k] = uint8((sum[k]*255/31 + pixels/2) / pixels)
	}
	return color.RGBA{c[0], c[1], c[2], 255}
}
