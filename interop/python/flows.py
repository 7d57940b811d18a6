"""Workflows from recipes: the plain form in which a test says, for both languages, what is to be built. `canvas/build.ts` is its twin."""
from celery import chain, chord, group, signature


def build(recipe, app):
    """The signature that a recipe describes, made with Celery's own constructors and operators."""
    (kind, form), = recipe.items()
    return BUILDERS[kind](form, app)


def call_of(recipe, app):
    """A recipe may end in how the whole is called: answers the signature, args, kwargs and options of that call."""
    form = recipe.get('called')
    if form is None:
        return build(recipe, app), [], {}, {}
    return build(form['of'], app), form['args'], form['kwargs'], form['options']


def task(form, app):
    return signature(form['name'], args=form['args'], kwargs=form['kwargs'], app=app,
                     immutable=form['immutable'], **form['options'])


def chain_of(form, app):
    return chain(*[build(step, app) for step in form])


def group_of(form, app):
    return group([build(member, app) for member in form], app=app)


def chord_of(form, app):
    return chord([build(part, app) for part in form['header']], build(form['body'], app), app=app)


def pipe(form, app):
    left, right = [build(part, app) for part in form]
    return left | right


def many(form, app):
    """`map`, `starmap` and `chunks` are methods of tasks; a task of another language is none here, but Celery's classes take its signature."""
    from celery.canvas import chunks, xmap, xstarmap
    inner = build(form['task'], app)
    if form['how'] == 'chunks':
        return chunks(inner, form['items'], form['size'], app=app)
    return {'map': xmap, 'starmap': xstarmap}[form['how']](inner, form['items'], app=app)


def link(form, app):
    flow = build(form['of'], app)
    for each in form['to']:
        flow.link(build(each, app))
    return flow


def link_error(form, app):
    flow = build(form['of'], app)
    for each in form['to']:
        flow.link_error(build(each, app))
    return flow


def options(form, app):
    return build(form['of'], app).set(**form['options'])


def partial(form, app):
    return build(form['of'], app).clone(form['args'], form['kwargs'])


def as_dict(form, app):
    """What a signature becomes on its way: the receiver knows only the dict."""
    import json
    return signature(json.loads(json.dumps(build(form, app))), app=app)


BUILDERS = {
    'task': task, 'chain': chain_of, 'group': group_of, 'chord': chord_of, 'pipe': pipe, 'many': many,
    'link': link, 'linkError': link_error, 'options': options, 'partial': partial, 'asDict': as_dict,
    'dict': lambda form, app: signature(form, app=app),
}
