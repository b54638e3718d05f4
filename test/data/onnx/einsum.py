"""Values of torch.einsum for equations that ONNX Runtime's kernel refuses, and for random ones.

Writes einsum.json: [{equation, inputs: [{dims, values}], dims, values}]. Made with PyTorch 2.15. Run: python einsum.py
"""
import json, pathlib, random
import torch

random.seed(3)
torch.manual_seed(3)
SIZES = dict(a=2, b=3, c=4, i=3, j=2, k=4, A=2, Z=3)


def shape(term, around):
    before, dots, after = term.partition('...')
    return [SIZES[l] for l in before] + (list(around) if dots else []) + [SIZES[l] for l in after]


def case(equation, arounds):
    terms = equation.split('->')[0].split(',')
    inputs = [torch.randn(shape(t, a)).round(decimals=3) for t, a in zip(terms, arounds)]
    result = torch.einsum(equation, *[x.double() for x in inputs])
    pack = lambda x: dict(dims=list(x.shape), values=[round(v, 6) for v in x.flatten().tolist()])
    return dict(equation=equation, inputs=[pack(x) for x in inputs], **pack(result))


cases = [
    case('Zi,iA', [(), ()]), case('aZ,iA', [(), ()]),
    case('...ij,...jk->...ik', [(2, 1), (3,)]), case('...,...', [(2, 3), (3,)]),
    case('...i,...i->...', [(2, 1), (1, 3)]), case('...i->', [(2, 3)]), case('...i,...i->i', [(2, 1), (3,)]),
    case('...ii->...i', [(2,)]), case('i...i->...', [(2, 4)]), case('a...,b...->ab...', [(2, 3), (3,)]),
]
for _ in range(40):
    letters = list('abcijk')
    terms, arounds = [], []
    for _ in range(random.randint(1, 4)):
        term = [random.choice(letters) for _ in range(random.randint(1, 3))]
        around = ()
        if random.random() < 0.4:
            term.insert(random.randint(0, len(term)), '...')
            around = random.choice([(), (2,), (1,), (3, 2), (3, 1)])
        terms.append(''.join(term))
        arounds.append(around)
    equation = ','.join(terms)
    if random.random() < 0.7:
        used = sorted(set(equation) - set(',.'))
        out = random.sample(used, random.randint(0, min(3, len(used))))
        if '...' in equation:
            out.insert(random.randint(0, len(out)), '...')
        equation += '->' + ''.join(out)
    cases.append(case(equation, arounds))

path = pathlib.Path(__file__).with_suffix('.json')
path.write_text(json.dumps(cases) + '\n')
