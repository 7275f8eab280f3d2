package sample

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCounts(t *testing.T) {
	tests := []struct {
		name       string
		opt        Options
		train, val []int
	}{
		// By hand: 10 images, none empty, 35 objects. Train: shares 1, 1/2,
		// 1/4 of 1.75. Val: 1, 0.7071, 0.5 of 2.2071 give 15.86, 11.21, 7.93;
		// 8 are the least.
		{"three", Options{Classes: 3, Images: 10, ValImages: 10, Imbalance: 4}, []int{20, 10, 5}, []int{16, 11, 8}},
		{"one", Options{Classes: 1, Images: 2, ValImages: 1, Imbalance: 50}, []int{7}, []int{4}},
		// By hand: 3.5 objects of each class, rounded up.
		{"balanced", Options{Classes: 2, Images: 2, ValImages: 2, Imbalance: 1}, []int{4, 4}, []int{4, 4}},
		// Python: T = 3.5*(3000-60); [round(T*r**(-c/9)/sum(...))], r = 20.
		{"defaults", Defaults(), []int{3022, 2166, 1553, 1113, 798, 572, 410, 294, 211, 151}, nil},
		// The same for 40 images, r = 100; and 20 val images (70 objects,
		// r = 10): 32.46, 18.26, 10.27, 5.77, 3.25, of which 8 are the least.
		{"floors", Options{Classes: 5, Images: 40, ValImages: 20, Imbalance: 100}, []int{96, 30, 10, 3, 1}, []int{32, 18, 10, 8, 8}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := trainCounts(test.opt); !slices.Equal(got, test.train) {
				t.Errorf("train %v, want %v", got, test.train)
			}
			if got := valCounts(test.opt); test.val != nil && !slices.Equal(got, test.val) {
				t.Errorf("val %v, want %v", got, test.val)
			}
		})
	}
}

func TestCountsFitTheImages(t *testing.T) {
	for classes := 1; classes <= MaxClasses; classes += 7 {
		for _, imbalance := range []float64{1, 3, 50, 1e6} {
			images := 1
			for checkRoom("images", images, classes) != nil {
				images++
			}
			o := Options{Classes: classes, Images: images, ValImages: images, Imbalance: imbalance}
			for _, counts := range [][]int{trainCounts(o), valCounts(o)} {
				sum := 0
				for _, n := range counts {
					sum += n
				}
				if room := maxObjects * (images - emptyImages(images)); slices.Min(counts) < 1 || sum > room {
					t.Errorf("%d classes, imbalance %g: %v sum to %d in room for %d", classes, imbalance, counts, sum, room)
				}
			}
		}
	}
}

func TestDeal(t *testing.T) {
	counts := []int{120, 40, 13, 2}
	hands := deal(rand.New(rand.NewPCG(1, 2)), counts, 50)
	if len(hands) != 50 {
		t.Fatalf("%d hands, want 50", len(hands))
	}
	empty, dealt := 0, make([]int, len(counts))
	for _, hand := range hands {
		if len(hand) == 0 {
			empty++
		}
		if len(hand) > 8 {
			t.Errorf("hand of %d objects, want at most 8", len(hand))
		}
		for _, c := range hand {
			dealt[c]++
		}
	}
	if !slices.Equal(dealt, counts) {
		t.Errorf("dealt %v, want %v", dealt, counts)
	}
	if empty != 1 { // 2 % of 50
		t.Errorf("%d empty images, want 1", empty)
	}
}

func TestClassNames(t *testing.T) {
	if got, want := ClassNames(3), []string{"disc", "star", "square"}; !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	if got, want := ClassNames(82)[80:], []string{"dotted disc", "dotted star"}; !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	for _, n := range []int{40, MaxClasses} {
		names := ClassNames(n)
		slices.Sort(names)
		if distinct := len(slices.Compact(names)); distinct != n {
			t.Errorf("%d distinct names for %d classes", distinct, n)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no classes":        func(o *Options) { o.Classes = 0 },
		"too many classes":  func(o *Options) { o.Classes = MaxClasses + 1 },
		"no images":         func(o *Options) { o.Images = 0 },
		"no val images":     func(o *Options) { o.ValImages = 0 },
		"tiny":              func(o *Options) { o.Size = 16 },
		"huge":              func(o *Options) { o.Size = 1 << 20 },
		"imbalance below 1": func(o *Options) { o.Imbalance = 0.5 },
		"quality 0":         func(o *Options) { o.Quality = 0 },
		"quality 101":       func(o *Options) { o.Quality = 101 },
		"negative workers":  func(o *Options) { o.Workers = -1 },
		"no room in train":  func(o *Options) { o.Images = 2 },
		"no room in val":    func(o *Options) { o.ValImages = 2 },
	} {
		o := Defaults()
		change(&o)
		if o.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := Defaults().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
}
