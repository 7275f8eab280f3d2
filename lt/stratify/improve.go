package stratify

import "context"

// How long is improved at most: what more would gain is small, as measured on TACO,
// LVIS and COCO.
const (
	sweeps    = 8       // over all items, to move each
	exchanges = 40      // sweeps to exchange each item with others
	partners  = 12      // that are tried for one
	tries     = 3 << 20 // of exchanges in all
)

// sizePrice is what an image too many or too few costs beside the labels.
const sizePrice = 4

// least is the gain below which nothing is moved: above what rounding makes of 0.
const least = 1e-9

// improve moves and exchanges items while that lowers F.
func (d *division) improve(ctx context.Context) error {
	if len(d.size) < 2 {
		return nil
	}
	for range sweeps {
		moved, err := d.sweep(ctx)
		if err != nil {
			return err
		}
		if moved == 0 {
			break
		}
	}
	d.settleSizes()
	for n := 0; n < exchanges && n*partners*len(d.Size) < tries; n++ {
		exchanged, err := d.exchange(ctx)
		if err != nil {
			return err
		}
		if exchanged == 0 {
			break
		}
	}
	return nil
}

// gain returns by how much F falls when an item moves to a share.
func (d *division) gain(i int, to int32) float64 {
	shares, from := len(d.size), d.share[i]
	sum := 0.0
	for _, l := range d.of(i) {
		at, c := int(l.Label)*shares, float64(l.Amount)
		f, t := at+int(from), at+int(to)
		// (x−c)² − x² = −c(2x−c), (x+c)² − x² = c(2x+c)
		sum += float64(float64(c*(float64(2*d.off[f])-c)) * d.price[f])
		sum -= float64(float64(c*(float64(2*d.off[t])+c)) * d.price[t])
	}
	return sum
}

// sizeGain is gain of the numbers of images.
func (d *division) sizeGain(i int, to int32) float64 {
	n, from := d.Size[i], d.share[i]
	over := func(j int32) float64 { return float64(d.size[j] - d.want[j]) }
	cost := func(x float64, j int32) float64 { return float64(x*x) / float64(max(d.want[j], 1)) }
	s := float64(n)
	return float64(sizePrice * (cost(over(from), from) - cost(over(from)-s, from) + (cost(over(to), to) - cost(over(to)+s, to))))
}

// sweep moves every item where it gains most.
func (d *division) sweep(ctx context.Context) (moved int, err error) {
	for n, i := range d.shuffled() {
		if n%1024 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		best, most := int32(nowhere), least
		for j := range int32(len(d.size)) {
			if j == d.share[i] {
				continue
			}
			if g := d.gain(i, j) + d.sizeGain(i, j); g > most {
				best, most = j, g
			}
		}
		if best != nowhere {
			d.move(i, best)
			moved++
		}
	}
	return moved, nil
}

// settleSizes moves items from shares with too many images to those with too few,
// each time the one that costs least, while sizes come closer to what they are to be.
func (d *division) settleSizes() {
	for {
		from, to := int32(0), int32(0)
		for j := range int32(len(d.size)) {
			if d.size[j]-d.want[j] > d.size[from]-d.want[from] {
				from = j
			}
			if d.size[j]-d.want[j] < d.size[to]-d.want[to] {
				to = j
			}
		}
		room := min(d.size[from]-d.want[from], d.want[to]-d.size[to])
		best, most := nowhere, 0.0
		for i, j := range d.share {
			if j != from || int64(d.Size[i]) > room {
				continue
			}
			// of groups, as much as possible at a time
			if g := d.gain(i, to) / float64(d.Size[i]); best == nowhere || g > most {
				best, most = i, g
			}
		}
		if best == nowhere {
			return
		}
		d.move(best, to)
	}
}

// exchange tries to exchange every item with a few others of its size.
func (d *division) exchange(ctx context.Context) (exchanged int, err error) {
	order := d.shuffled()
	for n, i := range order {
		if n%1024 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		for range partners {
			k := order[d.below(len(order))]
			a, b := d.share[i], d.share[k]
			if a == b || d.Size[i] != d.Size[k] {
				continue
			}
			g := d.gain(i, b)
			d.move(i, b)
			if g+d.gain(k, a) > least {
				d.move(k, a)
				exchanged++
				break
			}
			d.move(i, a)
		}
	}
	return exchanged, nil
}
