package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"
)

// deformShape is a batch of 8 and a kernel of 3×3.
type deformShape struct {
	meaning     string
	in, size, o int
}

var deformShapes = []deformShape{
	{"8×256×64×64 → 256", 256, 64, 256},
	{"ResNet-18's neck, first: 8×512×16×16 → 256", 512, 16, 256},
	{"second: 8×256×32×32 → 128", 256, 32, 128},
	{"third: 8×128×64×64 → 64", 128, 64, 64},
	{"DLA-34: 8×64×128×128 → 64", 64, 128, 64},
}

// deformKinds are what is measured, in the order of the columns.
var deformKinds = []string{"ours", "torchvision", "plain"}

// deformRow is a shape with a number of threads.
type deformRow struct {
	deformShape
	threads int
	least   [3][4]float64 // for each kind: seconds and processor seconds of forward and of backward
	off     float64       // largest relative distance of a size from torchvision's
}

// deform measures the deformable convolution of train/torchx against
// torchvision's, and both against a plain convolution.
func (b *bench) deform(ctx context.Context) error {
	r := &deformReport{began: time.Now(), machine: thisMachine(), rounds: b.rounds}
	server := filepath.Join(b.dir, "bin", "deform")
	say("building")
	if err := b.build(ctx, server, filepath.Join(b.root, "bench"), "./deform", "CGO_ENABLED=1"); err != nil {
		return err
	}
	r.revision = revision(server)
	if err := b.needTorch(ctx); err != nil {
		return err
	}
	ours, err := converse(ctx, server)
	if err != nil {
		return err
	}
	defer ours.end()
	peer, err := converse(ctx, systemPython, "-B", filepath.Join(b.root, "bench", "python", "deform.py"))
	if err != nil {
		return err
	}
	defer peer.end()
	if err := r.fill(ours, peer); err != nil {
		return errors.Join(err, ctx.Err())
	}
	return b.publish("deform.md", r.markdown())
}

// deformReport is what the benchmark of the deformable convolution found.
type deformReport struct {
	began      time.Time
	machine    machine
	revision   string
	rounds     int
	ours, peer string // what the programs say of themselves
	rows       []*deformRow
}

// fill asks the programs in turn, round by round.
func (r *deformReport) fill(ours, peer *conversation) (err error) {
	if r.ours, err = ours.ask("about"); err != nil {
		return err
	}
	if r.peer, err = peer.ask("about"); err != nil {
		return err
	}
	for _, threads := range []int{1, 2} {
		for _, s := range deformShapes {
			r.rows = append(r.rows, &deformRow{deformShape: s, threads: threads})
		}
	}
	for round := range r.rounds {
		for _, row := range r.rows {
			if err := row.measure(ours, peer, round == 0); err != nil {
				return err
			}
			say("round %d of %d, %d threads, %s: least so far %.3f, torchvision %.3f s", round+1, r.rounds, row.threads, row.meaning,
				row.least[0][0]+row.least[0][2], row.least[1][0]+row.least[1][2])
		}
	}
	return nil
}

// measure runs each kind once. A first round compares the results, too.
func (row *deformRow) measure(ours, peer *conversation, first bool) error {
	var sizes [3][4]float64
	for k, by := range []*conversation{ours, peer, ours} {
		kind := "deformable"
		if deformKinds[k] == "plain" {
			kind = "plain"
		}
		answer, err := by.ask(fmt.Sprintf("run %s %d 8 %d %d %d", kind, row.threads, row.in, row.size, row.o))
		if err != nil {
			return err
		}
		var took [4]float64
		if _, err := fmt.Sscan(answer, &took[0], &took[1], &took[2], &took[3], &sizes[k][0], &sizes[k][1], &sizes[k][2], &sizes[k][3]); err != nil {
			return fmt.Errorf("%s answers %q: %w", by.name, answer, err)
		}
		for i, t := range took {
			if first || t < row.least[k][i] {
				row.least[k][i] = t
			}
		}
	}
	for i, want := range sizes[1] {
		row.off = max(row.off, math.Abs(sizes[0][i]/want-1))
	}
	if !(row.off < 1e-4) {
		return fmt.Errorf("%s: the sums of ours, %v, are not torchvision's, %v", row.meaning, sizes[0], sizes[1])
	}
	return nil
}

func (r *deformReport) markdown() string {
	var b strings.Builder
	table(&b, [][2]string{
		{"date", r.began.Format("2 January 2006")},
		{"machine", r.machine.String()},
		{"train/torchx", r.revision + "; kernel and libtorch: " + r.ours},
		{"torchvision", r.peer},
		{"rounds", fmt.Sprintf("%d, the least of each time", r.rounds)},
	})
	b.WriteString("\n| convolution, 3×3 | threads | pass | torchx ms | processor | torchvision ms | processor | plain ms | processor | torchvision ÷ torchx | processor | torchx ÷ plain, processor |\n")
	b.WriteString("|---|--:|---|" + strings.Repeat("--:|", 9) + "\n")
	off := 1e-7 // the programs give 7 digits
	for _, row := range r.rows {
		off = max(off, row.off)
		for i, pass := range []string{"forward", "backward"} {
			cells := []string{row.meaning, fmt.Sprint(row.threads), pass}
			for k := range deformKinds {
				cells = append(cells, fmt.Sprintf("%.0f", 1e3*row.least[k][2*i]), fmt.Sprintf("%.0f", 1e3*row.least[k][2*i+1]))
			}
			for _, c := range [][3]int{{1, 0, 2 * i}, {1, 0, 2*i + 1}, {0, 2, 2*i + 1}} {
				cells = append(cells, fmt.Sprintf("%.1f", row.least[c[0]][c[2]]/row.least[c[1]][c[2]]))
			}
			b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		}
	}
	fmt.Fprintf(&b, "\nThe sums of absolute values of the output and of each gradient are torchvision's to %.1g.\n", off)
	return b.String()
}
