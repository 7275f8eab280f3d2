package statedict

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"path"
	"strconv"
	"strings"
)

// storages are the kinds of numbers by PyTorch's names.
var storages = map[global]kind{
	"torch.FloatStorage": float32s, "torch.HalfStorage": float16s,
	"torch.BFloat16Storage": bfloat16s, "torch.LongStorage": int64s,
}

const (
	orderedDict      global = "collections.OrderedDict"
	rebuildTensor    global = "torch._utils._rebuild_tensor_v2"
	rebuildParameter global = "torch._utils._rebuild_parameter"
)

// known returns the global of a name, if state dicts need it.
func known(name string) global {
	g := global(name)
	if _, is := storages[g]; is || g == orderedDict || g == rebuildTensor || g == rebuildParameter {
		return g
	}
	if strings.HasPrefix(name, "torch.") && strings.HasSuffix(name, "Storage") {
		fail("numbers of %s: only float32, float16, bfloat16 and int64 are read", name)
	}
	fail("it needs %q, which is no part of a state dict: %w", name, errRefused)
	return ""
}

// call does what PyTorch's function of the name does.
func call(g global, args tuple) (any, error) {
	switch {
	case g == orderedDict && len(args) == 0:
		return &dict{}, nil
	case g == rebuildParameter && len(args) == 3: // data, requires_grad, hooks
		if t, is := args[0].(view); is {
			return t, nil
		}
	case g == rebuildTensor && len(args) >= 4: // storage, offset, size, stride, requires_grad, hooks
		return rebuild(args)
	}
	return nil, fmt.Errorf("%s is called with %d arguments of the wrong kind", g, len(args))
}

// storage is a run of numbers that tensors view.
type storage struct {
	kind   kind
	length int64 // numbers
	raw    *[]byte
}

// rebuild makes a tensor that views a storage, within its bounds.
func rebuild(args tuple) (any, error) {
	s, isStorage := args[0].(storage)
	offset, isInt := args[1].(int64)
	shape, err := ints(args[2])
	stride, err2 := ints(args[3])
	if !isStorage || !isInt || err != nil || err2 != nil || len(shape) != len(stride) || offset < 0 {
		return nil, errors.New("a tensor is made of the wrong things")
	}
	if !fits(s.length, offset, shape, stride) {
		return nil, fmt.Errorf("a tensor of shape %v, strides %v, beginning at %d, does not fit into %d numbers", shape, stride, offset, s.length)
	}
	return view{s, offset, shape, stride}, nil
}

// fits reports whether a tensor views nothing outside a storage of length
// numbers, and has no more elements than that.
func fits(length, offset int64, shape, stride []int64) bool {
	last, n := offset, int64(1)
	for d, size := range shape {
		if size < 0 || stride[d] < 0 {
			return false
		}
		if size == 0 {
			return offset <= length
		}
		if size > length/n || size > 1 && stride[d] > (length-last)/(size-1) {
			return false
		}
		n *= size
		last += (size - 1) * stride[d]
	}
	return last < length
}

// view is a tensor whose numbers may not have been read yet.
type view struct {
	storage
	offset        int64
	shape, stride []int64
}

func ints(v any) ([]int64, error) {
	t, is := v.(tuple)
	if !is || len(t) > 16 {
		return nil, errors.New("no shape")
	}
	out := make([]int64, len(t))
	for i, x := range t {
		if out[i], is = x.(int64); !is {
			return nil, errors.New("no shape")
		}
	}
	return out, nil
}

// identified reads the persistent id of a storage: ("storage", kind, key,
// device, numbers, …), which cannot have more numbers than the file bytes.
func identified(id any, file int) (s storage, key string, err error) {
	t, is := id.(tuple)
	if is = is && len(t) >= 5 && t[0] == "storage"; is {
		g, isGlobal := t[1].(global)
		text, isText := t[2].(string)
		n, isInt := t[4].(int64)
		if k := storages[g]; isGlobal && isText && isInt && k != "" && n >= 0 && n <= int64(file) {
			return storage{kind: k, length: n}, text, nil
		}
	}
	return storage{}, "", errors.New("it refers to something that is no storage of numbers, or to one larger than the file")
}

// readZip reads what torch.save has written since PyTorch 1.6: an archive of
// NAME/data.pkl and the storages NAME/data/KEY, not compressed.
func readZip(raw []byte) (*Dict, error) {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fmt.Errorf("a damaged or cut-short archive: %w", err)
	}
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		_, name, _ := strings.Cut(path.Clean(f.Name), "/")
		files[name] = f
	}
	if files["constants.pkl"] != nil {
		return nil, errors.New("a TorchScript program, not a state dict: load it with torch.jit.load and save its state_dict()")
	}
	program, err := content(files["data.pkl"], len(raw))
	if err != nil {
		return nil, fmt.Errorf("not an archive of torch.save: data.pkl: %w", err)
	}
	if order, err := content(files["byteorder"], len(raw)); err == nil && string(order) != "little" {
		return nil, fmt.Errorf("its numbers are %s-endian: save it on another machine", order)
	}
	loaded := map[string]*[]byte{}
	left := len(raw) // members may overlap
	value, _, err := unpickle(program, func(id any) (any, error) {
		s, key, err := identified(id, len(raw))
		if err != nil {
			return nil, err
		}
		if loaded[key] == nil {
			numbers, err := content(files["data/"+key], left)
			if err != nil {
				return nil, fmt.Errorf("storage %s: %w", strconv.Quote(key), err)
			}
			left -= len(numbers)
			loaded[key] = &numbers
		}
		s.raw = loaded[key]
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	return tensorsOf(value)
}

// content reads a member of an archive, which must be stored and have at most
// so many bytes.
func content(f *zip.File, most int) ([]byte, error) {
	switch {
	case f == nil:
		return nil, errors.New("it is missing")
	case f.Method != zip.Store || f.UncompressedSize64 > uint64(most):
		return nil, errors.New("it is compressed, or in the archive twice")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	out := make([]byte, f.UncompressedSize64)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, err
	}
	if n, err := r.Read(make([]byte, 1)); n > 0 || err != io.EOF { // also compares the checksum
		return nil, errors.New("its checksum differs: the file is damaged")
	}
	return out, nil
}

// magic begins the files of PyTorch before 1.6.
var magic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

// readLegacy reads what torch.save wrote before PyTorch 1.6: pickles of a magic
// number, the version 1001, the machine, the object and the storages' keys,
// then each storage as its length, eight bytes, and its numbers.
func readLegacy(raw []byte) (*Dict, error) {
	none := func(any) (any, error) { return nil, errors.New("it refers to something beside it") }
	at := 0
	next := func(persistent func(any) (any, error)) (any, error) {
		v, n, err := unpickle(raw[at:], persistent)
		at += n
		return v, err
	}
	first, err := next(none)
	if n, is := first.(*big.Int); err != nil || !is || n.Cmp(magic) != 0 {
		return nil, fmt.Errorf("a pickle, but none of torch.save: %w", errRefused)
	}
	if version, err := next(none); err != nil || version != int64(1001) {
		return nil, fmt.Errorf("its version of torch.save's older format is not 1001")
	}
	if _, err := next(none); err != nil {
		return nil, err
	}
	found := map[string]storage{}
	value, err := next(func(id any) (any, error) {
		s, key, err := identified(id, len(raw))
		if err != nil {
			return nil, err
		}
		if view := id.(tuple); len(view) > 5 && view[5] != nil {
			return nil, errors.New("a view of a storage, which PyTorch 0.1 wrote: save it with a newer one")
		}
		if first, has := found[key]; has {
			return first, nil
		}
		s.raw = new([]byte)
		found[key] = s
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	keys, err := next(none)
	if err != nil {
		return nil, err
	}
	if err := fillStorages(keys, found, raw[at:]); err != nil {
		return nil, err
	}
	return tensorsOf(value)
}

// fillStorages gives the storages their numbers, which follow in the order of
// the keys.
func fillStorages(keys any, found map[string]storage, raw []byte) error {
	l, is := keys.(*list)
	if !is {
		return errors.New("the list of storages is missing")
	}
	for _, k := range l.items {
		key, _ := k.(string)
		s, has := found[key]
		if !has || len(raw) < 8 {
			return fmt.Errorf("storage %q: the file is cut short or damaged", key)
		}
		n := binary.LittleEndian.Uint64(raw)
		raw = raw[8:]
		if n != uint64(s.length) || n > uint64(len(raw))/uint64(widths[s.kind]) {
			return fmt.Errorf("storage %q: the file is cut short or damaged", key)
		}
		size := int(n) * int(widths[s.kind])
		*s.raw, raw = raw[:size], raw[size:]
	}
	return nil
}

// wrappers are keys below which training programs keep the network's tensors,
// beside other things.
var wrappers = []string{"state_dict", "model_state_dict", "model", "net", "network", "weights"}

// tensorsOf lists the tensors of a dict, or of the one that a wrapper holds.
func tensorsOf(value any) (*Dict, error) {
	d, is := value.(*dict)
	if !is {
		return nil, errors.New("it holds no dict of tensors: save model.state_dict()")
	}
	out, err := direct(d)
	if err != nil || len(out.Tensors) > 0 {
		return out, err
	}
	for _, key := range wrappers {
		if inner, _ := d.get(key); inner != nil {
			if d, is := inner.(*dict); is {
				return direct(d)
			}
		}
	}
	return nil, fmt.Errorf("it holds no tensors, neither directly nor below one of %s: save model.state_dict()", strings.Join(wrappers, ", "))
}

// direct lists the tensors that are values of d.
func direct(d *dict) (*Dict, error) {
	out := &Dict{}
	for i, v := range d.values {
		x, isTensor := v.(view)
		name, isText := d.keys[i].(string)
		if !isTensor || !isText {
			continue
		}
		if int64(len(*x.raw)) < x.length*widths[x.kind] {
			return nil, fmt.Errorf("tensor %q: its storage of %d numbers is cut short", name, x.length)
		}
		out.Tensors = append(out.Tensors, Tensor{Name: name, Shape: x.shape, storage: *x.raw, kind: x.kind, offset: x.offset, stride: x.stride})
	}
	return out, nil
}
