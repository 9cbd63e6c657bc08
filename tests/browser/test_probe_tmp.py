W = """
import threading, time, ipywidgets
log=[]
def on(x): log.append((type(x).__name__ if not isinstance(x,dict) else 'value', threading.current_thread().name))
b=ipywidgets.Button(description="press"); b.on_click(on)
d=ipywidgets.IntText(description="num"); d.observe(on, 'value')
import anywidget, traitlets
class A(anywidget.AnyWidget):
    _esm='''export default {render({model,el}){const k=document.createElement('button');k.textContent='any';k.onclick=()=>{model.send({a:1});model.set('v',model.get('v')+1);model.save_changes()};el.append(k)}}'''
    v=traitlets.Int(0).tag(sync=True)
a=A(); a.on_msg(lambda w,c,bufs: log.append(('any-custom',threading.current_thread().name))); a.observe(on,'v')
ipywidgets.VBox([b,d,a])
"""
def test_probe(notebook):
    p=notebook([W])
    p.run_all()
    for _ in range(2):
        p.page.get_by_role("button",name="press").click()
        p.page.get_by_role("button",name="any",exact=True).click()
    p.page.locator("input[type=number]").first.fill("7"); p.page.keyboard.press("Tab"); p.page.wait_for_timeout(1700)
    for r in p.run("log"): print(r)
