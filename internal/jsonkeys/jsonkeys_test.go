package jsonkeys_test

import (
	"testing"

	"cocostat/internal/jsonkeys"
)

func TestUnmarshal(t *testing.T) {
	type settings struct {
		MinScale float64 `json:"min_scale"`
		Flip     float64 `json:"flip"`
	}
	now := map[string]string{"MinScale": "min_scale"}
	for text, want := range map[string]settings{
		`{"min_scale": 0.5, "flip": 1}`:       {0.5, 1},
		`{"MinScale": 0.5, "Flip": 1}`:        {0.5, 1}, // of before
		`{"MinScale": 0.1, "min_scale": 0.5}`: {0.5, 0},
		`{}`:                                  {},
	} {
		var got settings
		if err := jsonkeys.Unmarshal([]byte(text), &got, now); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, bad := range []string{`[]`, `{"MinScale": "wide"}`, `{`} {
		var got settings
		if err := jsonkeys.Unmarshal([]byte(bad), &got, now); err == nil {
			t.Errorf("%s is read as %+v", bad, got)
		}
	}
}
